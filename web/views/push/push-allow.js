// The button that allows the plan of a preview, and the dialog before one that goes beyond the limits.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { StartButton, useStart } from "./push-start.js";
import { PushError } from "./push-words.js";

function AllowDialog({ run, record, onClose }) {
  const [typed, setTyped] = useState("");
  const start = useStart(run.record_id);
  return html`
    <${DialogForm}
      title=${t("push.beyond-title")}
      hook="push.beyond"
      onClose=${onClose}
      act=${{ ...start, run: () => start.run("run", run.run_id) }}
      submit=${t("push.beyond")}
      submitHook="push.beyond-submit"
      danger=${true}
      ready=${typed.trim() === record.name}
    >
      <p>${t("push.run-guarded")}</p>
      <${TextField}
        label=${t("act.type-name", { name: record.name })}
        value=${typed}
        onValue=${setTyped}
        data-first
        autocomplete="off"
        hook="push.beyond-name"
      />
    <//>
  `;
}

// Allows this very plan; beyond the limits the name of the record has to be typed.
export function Allow({ run, record, plan }) {
  const [asking, setAsking] = useState(false);
  const start = useStart(run.record_id);
  const isOld = record.last_run !== null && Number(record.last_run.run_id) > Number(run.run_id);
  if (isOld)
    return html`
      <${PushError} error=${start.error} hook="push.start-error" />
      <div class="row">
        <${StartButton} start=${start} kind="preview" hook="push.preview" word=${t("push.preview-again")} />
        <span class="hint">${t("push.plan-old")}</span>
      </div>
    `;
  return html`
    <${PushError} error=${start.error} hook="push.start-error" />
    <div class="row">
      ${
        plan.guards.length > 0
          ? html`
            <button type="button" class="button danger" data-needs="change" data-t="push.beyond-open" onClick=${() => setAsking(true)}>
              ${t("push.beyond")}
            </button>
          `
          : html`
            <${StartButton} start=${start} kind="run" planOf=${run.run_id} primary=${true} hook="push.run-plan" />
            <span class="hint">${t("push.run-plan.text")}</span>
          `
      }
    </div>
    ${asking && html`<${AllowDialog} run=${run} record=${record} onClose=${() => setAsking(false)} />`}
  `;
}
