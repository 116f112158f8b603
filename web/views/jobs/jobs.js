// Full sync: starting it, its progress wherever the page is opened, stopping, resuming, and what came of it.
import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t, ago, dateTime } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Chip, ErrorNotice, Notice } from "../../lib/feedback.js";
import { SelectField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { actorName } from "../../lib/actor.js";
import { resultText } from "../approvals/approval-dialogs.js";

const POLL_MS = 600;
const JOB_COUNT = 10;
const RECENT_MS = 3600000;

const isUnderWay = (job) => job.state === "running" || job.state === "queued";
const isOver = (job) => job.state === "done" || job.state === "failed";

// The latest jobs; those under way are polled until they are over.
export function useJobs() {
  const list = useLoad(async () => (await get(`/jobs?start=1&count=${JOB_COUNT}`)).jobs, []);
  const [failing, setFailing] = useState(null);
  const replaceOrAdd = (job) =>
    list.set((old) => {
      const jobs = old ?? [];
      return jobs.some((one) => one.job_id === job.job_id)
        ? jobs.map((one) => (one.job_id === job.job_id ? job : one))
        : [job, ...jobs];
    });
  const underWay = (list.value ?? [])
    .filter(isUnderWay)
    .map((job) => job.job_id)
    .join();
  useEffect(() => {
    if (!underWay) return undefined;
    let asking = false;
    const timer = setInterval(async () => {
      if (document.hidden || asking) return;
      asking = true;
      try {
        for (const id of underWay.split(",")) replaceOrAdd(await get(`/jobs/${id}`));
        setFailing(null);
      } catch (error) {
        setFailing(error);
      }
      asking = false;
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [underWay]);
  return { jobs: list.value ?? [], error: list.error ?? failing, show: replaceOrAdd, reload: list.reload };
}

// Seconds left at the pace so far, or null while it is too early to tell.
function secondsLeft(job) {
  const spent = (Date.now() - new Date(job.started_at)) / 1000;
  if (!job.started_at || spent < 5 || job.done < job.total * 0.05) return null;
  return Math.ceil((spent / job.done) * (job.total - job.done));
}

function leftText(seconds) {
  return seconds < 90 ? t("job.left-seconds", { n: seconds }) : t("job.left-minutes", { n: Math.round(seconds / 60) });
}

function Job({ job, onChange }) {
  const act = useAct(async (what) => {
    const next = await post(`/jobs/${job.job_id}/${what}`);
    onChange(next);
    announce(t(`job.state.${next.state}`), { visible: false });
  });
  const left = job.state === "running" && job.kind !== "sign_in_sync" ? secondsLeft(job) : null;
  // A sign-in counts what it approves as it goes, so there is no total.
  const counted = job.total > 0 && job.kind !== "sign_in_sync";
  const kind = t(`job.kind.${job.kind}`);
  return html`
    <section class="card job" aria-labelledby=${`job-${job.job_id}`} data-t="job" data-state=${job.state}>
      <div class="panel-head">
        <h2 id=${`job-${job.job_id}`}>${job.node_name ? t("job.of-node", { kind, node: job.node_name }) : kind}</h2>
        <${Chip} state=${job.state} word=${t(`job.state.${job.state}`)} hook="job.state" />
      </div>
      ${
        !isOver(job) &&
        html`
          <progress
            max=${counted ? job.total : null}
            value=${counted ? job.done : null}
            aria-label=${kind}
            data-t="job.progress"
          ></progress>
          <p class="job-line">
            <span>
              ${
                counted
                  ? t("job.progress", { done: job.done, total: job.total })
                  : job.done > 0
                    ? t("job.so-far", { n: job.done })
                    : t("job.counting")
              }
            </span>
            ${left !== null && html`<span class="faint">${leftText(left)}</span>`}
            ${job.current && html`<span class="faint">${t("job.current", { name: job.current })}</span>`}
          </p>
        `
      }
      <p data-t="job.summary">${isOver(job) || job.done > 0 ? resultText(job) : ""}</p>
      ${job.error && html`<${Notice} kind="bad"><p lang="en">${job.error}</p><//>`}
      ${job.memberships.waiting > 0 && isOver(job) && html`<p class="hint">${t("approvals.wait-text")}</p>`}
      <${ErrorNotice} error=${act.error} hook="job.error" />
      <div class="row">
        <span class="faint small-text">
          ${t("job.by", { who: actorName(job.created_by) ?? "–", time: dateTime(job.created_at) })}
        </span>
        ${
          isUnderWay(job) &&
          html`
            <button
              type="button"
              class="button small"
              aria-busy=${act.busy ? "true" : null}
              data-needs="change" data-t="job.stop"
              onClick=${() => act.run("stop")}
            >
              ${t("job.stop")}
            </button>
          `
        }
        ${
          job.state === "stopped" &&
          html`
            <button
              type="button"
              class="button small primary"
              aria-busy=${act.busy ? "true" : null}
              data-needs="change" data-t="job.resume"
              onClick=${() => act.run("resume")}
            >
              ${t("job.resume")}
            </button>
          `
        }
      </div>
      ${isUnderWay(job) && html`<p class="hint">${t("job.background")}</p>`}
    </section>
  `;
}

// The jobs under way and the one that has just ended; earlier ones are folded.
export function JobPanel({ jobs: { jobs, error, show }, onOver }) {
  const before = useRef(new Map());
  useEffect(() => {
    for (const job of jobs) {
      const was = before.current.get(job.job_id);
      if (was && !isOver({ state: was }) && isOver(job)) {
        announce(`${t(`job.state.${job.state}`)}: ${resultText(job)}`, { visible: false });
        onOver();
      }
      before.current.set(job.job_id, job.state);
    }
  }, [jobs]);
  const isRecent = (job) => !isOver(job) || Date.now() - new Date(job.finished_at ?? job.created_at) < RECENT_MS;
  const shown = jobs.filter((job, i) => !isOver(job) || (i === 0 && isRecent(job)));
  const earlier = jobs.filter((job) => !shown.includes(job));
  return html`
    <${ErrorNotice} error=${error} hook="jobs.error" />
    ${shown.map((job) => html`<${Job} key=${job.job_id} job=${job} onChange=${show} />`)}
    ${
      earlier.length > 0 &&
      html`
        <details class="twin">
          <summary data-t="jobs.earlier">${t("jobs.earlier", { n: earlier.length })}</summary>
          <ul class="job-list">
            ${earlier.map(
              (job) => html`
                <li key=${job.job_id}>
                  <${Chip} state=${job.state} word=${t(`job.state.${job.state}`)} />${" "}
                  <strong>${t(`job.kind.${job.kind}`)}</strong>${" "}
                  <span class="faint">${job.node_name ?? ""} ${ago(job.created_at)}</span>
                  <br />
                  ${resultText(job)}
                </li>
              `,
            )}
          </ul>
        </details>
      `
    }
  `;
}

export function FullSync({ nodes, open, onClose, onStarted }) {
  const [node, setNode] = useState("");
  const act = useAct(async () => {
    try {
      onStarted(await post("/jobs", { kind: "full_sync", node_id: node ? Number(node) : null }));
      announce(t("sync.started"));
    } catch (error) {
      if (error.code !== "JOB_RUNNING" || !error.detail.job_id) throw error;
      onStarted(await get(`/jobs/${error.detail.job_id}`));
      announce(t("error.JOB_RUNNING"));
    }
  });
  return html`
    <${DialogForm}
      title=${t("sync.title")}
      hook="sync"
      onClose=${onClose}
      act=${act}
      submit=${t("sync.submit")}
      submitHook="sync.submit"
    >
      <p>${t("sync.text")}</p>
      <p class="hint">${t("sync.waits")}</p>
      ${open === 0 && html`<${Notice}><p>${t("sync.nothing")}</p><//>`}
      <${SelectField}
        label=${t("sync.where")}
        value=${node}
        onValue=${setNode}
        hook="sync.node"
        options=${[["", t("people.all-nodes")], ...nodes.map((one) => [String(one.node_id), one.node_name])]}
      />
    <//>
  `;
}
