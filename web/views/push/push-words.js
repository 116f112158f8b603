// What records and runs of SCIM push are called: states, numbers, schedules and places in plain words.
import { html } from "../../vendor/preact-htm.js";
import { t, language } from "../../lib/i18n.js";
import { Chip, ErrorNotice } from "../../lib/feedback.js";

export const SOURCES = ["google", "ad", "file"];

export const pushHref = (id) => `/ui/push/${id}`;
export const runHref = (run) => `${pushHref(run.record_id)}/runs/${run.run_id}`;

export const isOpen = (run) => run.state === "queued" || run.state === "running";

export const seconds = (run) => (new Date(run.finished_at) - new Date(run.started_at)) / 1000;

// A run that somebody ended: under way, or before it began.
export const isCancelled = (run) =>
  run.state === "stopped" && (run.cancel_requested || (!run.started_at && run.trigger !== "schedule"));

// What the server says in the middle of a sentence, as a sentence.
export const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");

export function durationText(run) {
  if (!run.started_at || !run.finished_at) return "–";
  const all = Math.max(0, seconds(run));
  if (all < 60) return t("push.seconds", { n: Math.max(1, Math.round(all)) });
  return t("push.minutes", { n: Math.floor(all / 60), rest: Math.round(all % 60) });
}

export function RunChip({ run, hook }) {
  return html`<${Chip} state=${run.state} word=${t(`push.state.${run.state}`)} hook=${hook} />`;
}

// What was added, changed and removed, of all kinds together.
export function totals({ users, groups, memberships }) {
  return {
    added: users.created + groups.created + memberships.added,
    changed: users.updated + users.unlocked + groups.updated,
    removed: users.locked + users.deleted + groups.deleted + memberships.removed,
  };
}

export function Totals({ run }) {
  const sums = totals(run);
  return html`
    <span class="push-totals" aria-hidden="true">
      <span>+${sums.added}</span> <span>~${sums.changed}</span> <span>−${sums.removed}</span>
    </span>
    <span class="off-screen">${t("push.totals", sums)}</span>
  `;
}

export function sourceText(record) {
  if (record.source === "ad") return record.ad_urls.join(", ");
  return record.source === "google" ? record.login : record.path;
}

export function targetText(record) {
  return record.target_node ?? record.target_url ?? t("push.target.gone");
}

export const REPEATS = ["quarter", "hour", "day", "week", "cron"];

// Five words of cron as what a form shows: how often, at what time, on which day.
export function readCron(cron) {
  const read = { every: "cron", time: "03:00", minute: "0", weekday: "1", cron };
  const [minute, hour, day, month, weekday] = cron.split(" ");
  const clock = () => `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  const isNumber = (word) => /^\d+$/.test(word ?? "");
  if (cron === "*/15 * * * *") return { ...read, every: "quarter" };
  if (!isNumber(minute) || day !== "*" || month !== "*") return read;
  if (hour === "*" && weekday === "*") return { ...read, every: "hour", minute };
  if (!isNumber(hour)) return read;
  if (weekday === "*") return { ...read, every: "day", time: clock() };
  return /^[0-6]$/.test(weekday) ? { ...read, every: "week", time: clock(), weekday } : read;
}

export function writeCron({ every, time, minute, weekday, cron }) {
  const [hours, minutes] = time.split(":").map(Number);
  if (every === "quarter") return "*/15 * * * *";
  if (every === "hour") return `${minute} * * * *`;
  if (every === "day") return `${minutes} ${hours} * * *`;
  return every === "week" ? `${minutes} ${hours} * * ${weekday}` : cron.trim();
}

// The name of a day of the week, 0 for Sunday. The first of January 2023 was one.
export function weekdayName(n) {
  const day = new Date(Date.UTC(2023, 0, 1 + Number(n)));
  return new Intl.DateTimeFormat(language.value, { weekday: "long", timeZone: "UTC" }).format(day);
}

export function scheduleText({ cron, time_zone: zone }) {
  const read = readCron(cron);
  return t(`push.every.${read.every}`, { ...read, weekday: weekdayName(read.weekday), zone });
}

// A refusal, with the server's own sentence where ours only leads to it.
export function PushError({ error, hook, children }) {
  const says = error && ["PUSH_NOT_READY", "INVALID"].includes(error.code);
  return html`
    <${ErrorNotice} error=${error} hook=${hook}>
      ${says && html`<p lang="en">${error.message}</p>`}
      ${children}
    <//>
  `;
}
