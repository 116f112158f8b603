// Sending a captured request again: rehearsed unless it is confirmed, as it was or edited, and compared with what it came to before.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { Changeable } from "../../lib/rights.js";
import { useAct } from "../../lib/load.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { Field, TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { Json } from "../../lib/json.js";
import { Effect } from "./request-effect.js";

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body ?? "";
  }
}

function Answer({ body }) {
  if (!body) return null;
  try {
    return html`<h3>${t("request.body")}</h3><${Json} value=${JSON.parse(body)} label=${t("replay.answer")} hook="replay.body" />`;
  } catch {
    return html`<h3>${t("request.body")}</h3><pre class="json breaks" tabindex="0">${body}</pre>`;
  }
}

function Outcome({ done, request }) {
  return html`
    <${Notice} kind=${done.equal ? "good" : "warn"} live=${true} hook="replay.outcome">
      <p>
        ${t(done.equal ? "replay.equal" : "replay.different", { status: String(done.status), before: String(done.before) })}${" "}
        ${t(done.dry_run ? "replay.undone" : "replay.kept")}
      </p>
    <//>
    <h3>${t(done.dry_run ? "request.would-change" : "request.tab.effect")}</h3>
    <${Effect} effects=${done.effect} request=${request} would=${true} />
    <${Answer} body=${done.body} />
  `;
}

function ForReal({ act, onClose }) {
  return html`
    <${DialogForm}
      title=${t("replay.real-title")}
      hook="replay.dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("replay.real")}
      submitHook="replay.submit"
      danger=${true}
      ready=${true}
    >
      <p>${t("replay.real-text")}</p>
    <//>
  `;
}

export function Replay({ request }) {
  const hasBody = request.request_size > 0;
  const kept = pretty(request.request.body);
  const [body, setBody] = useState(kept);
  const [query, setQuery] = useState(request.query);
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState(null);
  const act = useAct(async (dryRun) => {
    const edited = { ...(body !== kept && { body }), ...(query !== request.query && { query }) };
    setDone(await post(`/requests/${encodeURIComponent(request.request_id)}/replay`, { dry_run: dryRun, ...edited }));
    setAsking(false);
  });
  if (!request.scim_id)
    return html`<h2>${t("request.tab.replay")}</h2><p class="faint">${t("replay.no-connection")}</p>`;
  return html`
    <h2>${t("request.tab.replay")}</h2>
    <p class="hint">${t("replay.text")}</p>
    <div class="form-wide">
      <p><code class="breaks"><strong>${request.method}</strong> ${request.path}</code></p>
      <${Changeable}>
      <${TextField} label=${t("replay.query")} value=${query} onValue=${setQuery} autocomplete="off" hook="replay.query" />
      ${
        hasBody &&
        html`
        <${Field} label=${t("request.body")} hint=${request.request.body ? null : t("replay.no-body")}>
          ${(inputProps) => html`
            <textarea
              ...${inputProps}
              class="mono"
              rows="12"
              spellcheck=${false}
              value=${body}
              data-t="replay.text"
              onInput=${(event) => setBody(event.currentTarget.value)}
            ></textarea>
          `}
        <//>
      `
      }
      <//>
      ${!asking && html`<${ErrorNotice} error=${act.error} hook="replay.error" />`}
      <div class="row">
        <button type="button" class="button primary" aria-busy=${act.busy ? "true" : null} data-needs="change" data-t="replay.dry"
          onClick=${() => act.run(true)}>
          ${t("replay.dry")}
        </button>
        <button type="button" class="button" data-needs="change" data-t="replay.ask" onClick=${() => setAsking(true)}>
          ${t("replay.real")}…
        </button>
      </div>
    </div>
    ${done && html`<${Outcome} done=${done} request=${request} />`}
    ${asking && html`<${ForReal} act=${{ ...act, run: () => act.run(false) }} onClose=${() => setAsking(false)} />`}
  `;
}
