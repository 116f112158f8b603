// What a run came to, in words, with the one thing to do next; its numbers, the steps of a check, and what was refused.
import { html } from "../../vendor/preact-htm.js";
import { t, known, number } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { Notice } from "../../lib/feedback.js";
import { Icon } from "../../lib/icons.js";
import { columnTexts, PlainTable } from "../../lib/plain-table.js";
import { StartButton, useStart } from "./push-start.js";
import { Said } from "./push-said.js";
import { isCancelled, PushError, pushHref, totals } from "./push-words.js";

const KINDS = { done: "good", done_with_errors: "warn", safe_mode: "warn", stopped: "warn", failed: "bad" };

// What a run that ended so leads to: the run to start next, or the editor.
function nextOf(run, record) {
  if (isCancelled(run)) return run.kind === "run" && !record.confirmed_at ? "preview" : run.kind;
  if (run.kind === "check") return run.state === "done" ? (record.confirmed_at ? null : "preview") : "edit";
  if (run.state === "failed") return "check";
  if (run.kind === "run" && run.state === "stopped") return "preview";
  if (run.kind === "run" && run.state === "safe_mode") return "check";
  if (run.kind === "run" && run.state === "done_with_errors") return "retry";
  return null;
}

const isEmpty = (run) => Object.values(totals(run)).every((count) => count === 0);

function textOf(run) {
  if (run.kind !== "check" && run.state === "done" && isEmpty(run)) return t(`push.outcome.${run.kind}.nothing`);
  if (isCancelled(run)) return t(run.kind === "run" ? "push.outcome.cancelled" : "push.outcome.cancelled-reading");
  if (run.kind === "preview" && run.state === "stopped" && !run.has_plan) return t("push.outcome.stopped");
  const own = `push.outcome.${run.kind}.${run.state}`;
  return t(known(own) ? own : `push.outcome.${run.state}`);
}

export function Outcome({ run, record }) {
  const start = useStart(run.record_id);
  const next = nextOf(run, record);
  const isNewest = !record.open_run_id;
  // The plan names the same below, in the reader's language where it can.
  const says = run.reason && run.kind !== "check" && !isCancelled(run) && !(run.kind === "preview" && run.has_plan);
  const advice = run.kind === "run" && !isCancelled(run) && `push.advice.${run.state}`;
  return html`
    <${Notice} kind=${KINDS[run.state]} hook="push.outcome">
      <p><strong>${textOf(run)}</strong></p>
      ${says && html`<p data-t="push.reason"><${Said} text=${run.reason} said=${run.reason_said} whole /></p>`}
      ${advice && known(advice) && html`<p>${t(advice)}</p>`}
      ${
        next &&
        isNewest &&
        html`
          <div class="row">
            ${
              next === "edit"
                ? html`
                  <${Link} class="button" href=${`${pushHref(run.record_id)}/edit`} data-t="push.next">
                    ${t("push.edit")}
                  <//>
                  <${StartButton} start=${start} kind="check" hook="push.check" word=${t("push.check-again")} />
                `
                : html`
                  <${StartButton}
                    start=${start}
                    kind=${next === "retry" ? "run" : next}
                    planOf=${next === "retry" ? run.run_id : null}
                    hook="push.next"
                    primary=${next === "preview"}
                    word=${next === "retry" ? t("push.retry") : null}
                  />
                `
            }
          </div>
        `
      }
    <//>
    <${PushError} error=${start.error} hook="push.start-error" />
  `;
}

// Headings and rows of the numbers; what a row has not stays empty.
const ROWS = [
  ["users", ["created", "updated", "locked", "unlocked", "deleted"]],
  ["groups", ["created", "updated", null, null, "deleted"]],
  ["memberships", ["added", null, null, null, "removed"]],
];

export function Changes({ run }) {
  if (isEmpty(run)) return null;
  const title = t(run.kind === "preview" ? "push.would" : "push.did");
  return html`
    <h2>${title}</h2>
    <${PlainTable}
      label=${title}
      headings=${["of", "created", "updated", "locked", "unlocked", "deleted"].map((name) => t(`push.count.${name}`))}
    >
      ${ROWS.map(
        ([of, names]) => html`
          <tr key=${of} data-t=${`push.count.${of}`}>
            <th scope="row">${t(`push.count.${of}`)}</th>
            ${names.map((name, i) => html`<td key=${i} class="number">${name ? number(run[of][name]) : ""}</td>`)}
          </tr>
        `,
      )}
    <//>
  `;
}

export function Steps({ steps, open }) {
  return html`
    <ol class="push-steps" aria-live="polite" data-t="push.steps">
      ${steps.map(
        (step, i) => html`
          <li key=${i} class=${step.ok ? "good" : "bad"} data-t="push.step" data-ok=${String(step.ok)}>
            <${Icon} name=${step.ok ? "check" : "alert"} />
            <div>
              <p>
                <strong>${known(`push.step.${step.step}`) ? t(`push.step.${step.step}`) : step.step}</strong>
                <span class="off-screen">${t(step.ok ? "push.step-ok" : "push.step-failed")}</span>
              </p>
              <p><${Said} text=${step.found} said=${step.found_said} /></p>
              ${!step.ok && known(`push.cause.${step.step}`) && html`<p>${t(`push.cause.${step.step}`)}</p>`}
              ${
                step.advice &&
                html`<p class="push-advice" data-t="push.advice"><${Said} text=${step.advice} said=${step.advice_said} /></p>`
              }
            </div>
          </li>
        `,
      )}
      ${open && html`<li class="faint"><${Icon} name="hourglass" /><p>${t("push.checking")}</p></li>`}
    </ol>
  `;
}

export function Refusals({ refusals, total }) {
  return html`
    <section class="card">
      <h2>${t("push.refused", { n: total })}</h2>
      <p class="hint">${t("push.refused.text")}</p>
      <${PlainTable} label=${t("push.refused", { n: total })} headings=${columnTexts(["push-of", "name", "why"])}>
        ${refusals.map(
          (one, i) => html`
            <tr key=${i} data-t="push.refused-row">
              <td>${known(`push.of.${one.kind}`) ? t(`push.of.${one.kind}`) : one.kind}</td>
              <th scope="row">${one.name}</th>
              <td><${Said} text=${one.why} said=${one.why_said} /></td>
            </tr>
          `,
        )}
      <//>
    </section>
  `;
}
