// The form of a push record: what it holds at first, what is wrong with it, and what it says to the API.
import { t, known } from "../../lib/i18n.js";
import { readCron, writeCron } from "./push-words.js";

export const LIMITS = [
  ["max_users_removed", "max_users_removed_percent"],
  ["max_groups_deleted", "max_groups_deleted_percent"],
  ["max_members_removed", "max_members_removed_percent"],
];
const NUMBERS = { concurrency: [1, 16], max_shrink_percent: [0, 100] };
for (const [count, percent] of LIMITS) {
  NUMBERS[count] = [0, 1000000000];
  NUMBERS[percent] = [0, 100];
}

// What a new record has; the numbers are the server's defaults.
const FIRST = {
  name: "",
  groups: [],
  target: null,
  target_url: null,
  target_ca: null,
  login: null,
  ad_urls: [],
  ad_user: null,
  ca: null,
  plain: false,
  schema: "ad",
  base_dn: null,
  filter: null,
  path: null,
  destructive: 0,
  missing: "lock",
  auto_approve: true,
  verbose: false,
  protect: [],
  max_users_removed: 50,
  max_users_removed_percent: 20,
  max_groups_deleted: 10,
  max_groups_deleted_percent: 20,
  max_members_removed: 500,
  max_members_removed_percent: 50,
  max_shrink_percent: 20,
  concurrency: 4,
  bulk: true,
  schedule: null,
};

const LISTS = ["groups", "ad_urls", "protect"];
const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const FIELDS_OF = {
  google: ["login"],
  ad: ["ad_urls", "ad_user", "ca", "plain", "schema", "base_dn", "filter"],
  file: ["path"],
};
const SECRET_OF = { google: "credentials", ad: "ad_password" };

// The form of a record, or of a new one with a target.
export function firstValues(record, target) {
  const values = { credentials: "", ad_password: "", target_token: "" };
  for (const [name, first] of Object.entries(FIRST)) {
    const value = record?.[name] ?? first;
    if (LISTS.includes(name)) values[name] = value.join("\n");
    else values[name] = typeof value === "number" ? String(value) : (value ?? "");
  }
  if (!record && target) values.target = String(target);
  values.place = record?.target_url ? "url" : "connection";
  const { schedule } = record ?? {};
  return {
    ...values,
    ...readCron(schedule?.cron ?? "0 3 * * *"),
    scheduled: schedule?.enabled ?? false,
    time_zone: schedule?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

export function bodyOf(values, source, isNew) {
  const body = isNew ? { name: values.name.trim(), source } : { name: values.name.trim() };
  for (const name of ["groups", "protect"]) body[name] = lines(values[name]);
  for (const name of ["missing", "auto_approve", "verbose", "bulk"]) body[name] = values[name];
  body.destructive = Number(values.destructive);
  for (const name of Object.keys(NUMBERS)) body[name] = Number(values[name]);
  for (const name of FIELDS_OF[source])
    body[name] =
      name === "ad_urls" ? lines(values[name]) : typeof values[name] === "string" ? values[name].trim() : values[name];
  if (values.place === "url") {
    body.target_url = values.target_url.trim();
    body.target_ca = values.target_ca;
    if (values.target_token) body.target_token = values.target_token;
  } else if (values.target) body.target = Number(values.target);
  const secret = SECRET_OF[source];
  if (secret && values[secret]) body[secret] = values[secret];
  return body;
}

// The schedule to set, or null when it stays as it is.
export function scheduleOf(values, record) {
  const was = record?.schedule;
  if (!values.scheduled && !was?.enabled) return null;
  const cron = writeCron(values);
  const same = was && was.cron === cron && was.time_zone === values.time_zone && was.enabled === values.scheduled;
  return same ? null : { cron, time_zone: values.time_zone, enabled: values.scheduled };
}

// What can be told without the server: the names of the fields that are wrong.
export function wrongOf(values, source, record) {
  const wrong = {};
  const need = (name, is) => {
    if (!is) wrong[name] = true;
  };
  need("name", values.name.trim());
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    const value = values[name].trim();
    need(name, /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most);
  }
  if (values.place === "url") {
    need("target_url", values.target_url.trim());
    need("target_token", values.target_token || record?.target_token_set);
  } else need("target", values.target);
  for (const name of { google: ["login"], ad: ["ad_urls", "ad_user"], file: ["path"] }[source])
    need(name, values[name].trim());
  const secret = SECRET_OF[source];
  if (secret) need(secret, values[secret] || record?.source_secret_set);
  return wrong;
}

// The server's names of fields that the form calls otherwise.
const NAMES = { ad_url: "ad_urls", group: "groups" };

// Which field a refusal is about.
export function fieldOf(error) {
  if (error.code === "RECORD_NAME_TAKEN") return "name";
  const { field } = error.detail;
  return error.code === "INVALID" && field ? (NAMES[field] ?? field) : null;
}

export function wrongText(name, { values, taken, record }) {
  if (name === "name" && taken) return t("error.RECORD_NAME_TAKEN");
  const secretIsSet = name === "target_token" ? record?.target_token_set : record?.source_secret_set;
  if (["ad_password", "credentials", "target_token"].includes(name) && !values[name] && secretIsSet)
    return t("push.wrong.moved");
  if (name === "credentials" && !values[name]) return t("push.wrong.credentials-none");
  if (NUMBERS[name]) return t("push.wrong.number", { least: NUMBERS[name][0], most: NUMBERS[name][1] });
  return t(known(`push.wrong.${name}`) ? `push.wrong.${name}` : "push.wrong.other");
}
