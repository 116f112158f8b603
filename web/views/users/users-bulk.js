// One act on many users: says what it will do, asks when it cannot be undone, and shows who failed and why.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, errorText, known } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Dialog } from "../../lib/dialog.js";
import { Notice } from "../../lib/feedback.js";
import { SelectField, TextField } from "../../lib/fields.js";
import { PlainTable, columnTexts } from "../../lib/plain-table.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { useNodeOptions } from "../../lib/node-options.js";
import { NameList } from "../../lib/name-list.js";

export const BULK_ACTS = ["lock", "unlock", "move", "resend", "revoke", "join", "delete"];

function Failures({ act, result, users, onClose }) {
  const names = new Map(users.map((user) => [user.user_id, user.user_name]));
  const failed = result.results.filter((one) => !one.ok);
  return html`
    <${Dialog} key="result" title=${t("bulk.result-title")} hook="bulk-result" onClose=${onClose} wide=${true}>
      <${Notice} kind="warn" live=${true}><p>${t("bulk.result", { done: result.done, failed: result.failed })}</p><//>
      <${PlainTable} label=${t("bulk.failures")} headings=${columnTexts(["user-name", "why"])}>
        ${failed.map(
          ({ user_id: id, error }) => html`
            <tr key=${id} data-t="bulk.failure">
              <th scope="row">${names.get(id) ?? String(id)}</th>
              <td>
                <span lang=${known(`error.${error.code}`) ? null : "en"}>
                  ${errorText({ ...error, detail: error.detail ?? {} })}
                </span>${" "}
                <code class="code">${error.code}</code>
              </td>
            </tr>
          `,
        )}
      <//>
      <p class="hint">${t("bulk.still-picked")}</p>
      <div class="row end">
        <button type="button" class="button primary" data-first data-t=${`bulk-result.done-${act}`} onClick=${onClose}>
          ${t("act.close")}
        </button>
      </div>
    <//>
  `;
}

// Calls `onDone(ids that failed)` when the server has answered.
export function UserBulk({ act, users, onClose, onDone }) {
  const [result, setResult] = useState(null);
  const [typed, setTyped] = useState("");
  const [target, setTarget] = useState("");
  const nodes = useLoad(() => (act === "move" ? get("/nodes") : Promise.resolve([])), [act]);
  const options = useNodeOptions(nodes.value ?? []);
  const n = users.length;
  const run = useAct(async () => {
    const body = { act, ids: users.map((user) => user.user_id), ...(act === "move" && { node_id: Number(target) }) };
    const answer = await post("/users/bulk", body);
    onDone(new Set(answer.results.filter((one) => !one.ok).map((one) => one.user_id)));
    if (answer.failed > 0) setResult(answer);
    else {
      onClose();
      announce(t(`bulk.${act}.done`, { n: answer.done }));
    }
  });
  if (result) return html`<${Failures} act=${act} result=${result} users=${users} onClose=${onClose} />`;
  const ready = (act !== "move" || target !== "") && (act !== "delete" || typed.trim() === String(n));
  return html`
    <${DialogForm}
      key="ask"
      title=${t(`bulk.${act}.title`, { n })}
      hook="bulk"
      onClose=${onClose}
      act=${run}
      submit=${t(`bulk.${act}`)}
      submitHook="bulk.submit"
      danger=${act === "delete" || act === "lock"}
      ready=${ready}
    >
      <p>${t(`bulk.${act}.text`)}</p>
      <${NameList} names=${users.map((user) => user.user_name)} />
      ${
        act === "move" &&
        html`
          <${SelectField}
            label=${t("user.move-target")}
            value=${target}
            onValue=${setTarget}
            options=${[["", t("user.choose-node")], ...options]}
            hook="bulk.target"
          />
        `
      }
      ${
        act === "delete" &&
        html`
          <${TextField}
            label=${t("bulk.type-number", { n })}
            value=${typed}
            onValue=${setTyped}
            inputmode="numeric"
            autocomplete="off"
            data-first
            hook="bulk.number"
          />
        `
      }
    <//>
  `;
}
