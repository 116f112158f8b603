// How far a run is: its parts in their order, each with a bar, the pace, and the time that is left.
import { html, useRef } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";

const PREVIEW = ["read_source", "compare"];
const RUN = [...PREVIEW, "groups", "users", "memberships", "removals"];
const TELLS_AFTER_S = 5;

// Pace of the part under way since this page began to watch it, or null while it is too early to tell.
function usePace({ phase, done, total }) {
  const first = useRef({ phase: null });
  if (first.current.phase !== phase) first.current = { phase, done, at: Date.now() };
  const spent = (Date.now() - first.current.at) / 1000;
  const gone = done - first.current.done;
  if (spent < TELLS_AFTER_S || gone <= 0) return null;
  const pace = gone / spent;
  return { pace, left: total ? Math.ceil((total - done) / pace) : null };
}

function leftText(seconds) {
  return seconds < 90 ? t("job.left-seconds", { n: seconds }) : t("job.left-minutes", { n: Math.round(seconds / 60) });
}

function Part({ name, place, run, pace }) {
  const words = t(`push.phase.${name}`);
  const { done, total } = run;
  const value = place < 0 ? 1 : place > 0 ? 0 : total > 0 ? done : null;
  const max = place === 0 && total > 0 ? total : 1;
  return html`
    <li class=${place === 0 ? "here" : null} aria-current=${place === 0 ? "step" : null} data-t=${`push.phase.${name}`}>
      <span class="push-phase">${words}</span>
      <progress max=${value === null ? null : max} value=${value} aria-label=${words}></progress>
      <span class="job-line small-text">
        ${place < 0 && t("overview.done")}
        ${
          place === 0 &&
          html`
            <span>
              ${total > 0 ? t("job.progress", { done, total }) : done > 0 ? t("job.so-far", { n: done }) : t("job.counting")}
            </span>
            ${pace && html`<span class="faint">${t("push.pace", { n: Math.max(1, Math.round(pace.pace)) })}</span>`}
            ${pace?.left > 0 && html`<span class="faint">${leftText(pace.left)}</span>`}
          `
        }
      </span>
    </li>
  `;
}

export function Progress({ run }) {
  const phases = run.kind === "preview" ? PREVIEW : RUN;
  const at = phases.indexOf(run.phase);
  const pace = usePace(run);
  if (run.state === "queued") return html`<p role="status">${t("push.queued")}</p>`;
  return html`
    <ol class="push-phases" aria-label=${t("wizard.progress")}>
      ${phases.map(
        (name, i) =>
          html`<${Part} key=${name} name=${name} place=${Math.sign(i - Math.max(0, at))} run=${run} pace=${pace} />`,
      )}
    </ol>
    <p class="hint">${t("job.background")}</p>
  `;
}
