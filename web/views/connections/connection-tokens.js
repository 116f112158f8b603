// Tokens of a connection: the table, rotating with an overlap, ending the old one, revoking.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, ago, day, dateTime } from "../../lib/i18n.js";
import { post, remove } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Ago } from "../../lib/moment.js";
import { Dialog } from "../../lib/dialog.js";
import { Chip, Empty, Notice } from "../../lib/feedback.js";
import { RadioGroup, SelectField, TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { PlainTable, columnTexts } from "../../lib/plain-table.js";
import { TokenFields } from "./wizard-generate.js";

export function RotateDialog({ connection, set, onClose }) {
  const [overlap, setOverlap] = useState("24h");
  const [days, setDays] = useState("");
  const [made, setMade] = useState(null);
  const act = useAct(async () => {
    const result = await post(`/connections/${connection.scim_id}/tokens`, {
      overlap,
      token_days: days ? Number(days) : null,
    });
    set(result.connection);
    setMade(result.provisioning_token);
  });
  if (made) {
    return html`
      <${Dialog} key="made" title=${t("rotate.made-title")} hook="rotate" onClose=${onClose} locked=${true}>
        <div class="form">
          <p>${t(`rotate.made.${overlap}`)}</p>
          <${TokenFields} connection=${connection} token=${made} hook="rotate" />
          <${Notice}><p><strong>${t("wizard.never-again")}</strong></p><//>
          <div class="row end">
            <button type="button" class="button primary" data-t="rotate.done" onClick=${onClose}>
              ${t("rotate.done")}
            </button>
          </div>
        </div>
      <//>
    `;
  }
  return html`
    <${DialogForm}
      key="ask"
      title=${t("rotate.title")}
      hook="rotate"
      onClose=${onClose}
      act=${act}
      submit=${t("rotate.submit")}
      submitHook="rotate.submit"
    >
      <p>${t("rotate.text")}</p>
      <${RadioGroup}
        legend=${t("rotate.overlap")}
        name="overlap"
        value=${overlap}
        onValue=${setOverlap}
        hook="rotate.overlap"
        options=${["now", "1h", "24h", "7d"].map((value) => ({ value, label: t(`rotate.overlap.${value}`) }))}
      />
      <${SelectField}
        label=${t("token.expiry")}
        value=${days}
        onValue=${setDays}
        hook="rotate.token-days"
        options=${[
          ["", t("token.expiry.none")],
          ["90", t("token.expiry.90")],
          ["365", t("token.expiry.365")],
        ]}
      />
    <//>
  `;
}

function RevokeDialog({ connection, token, set, onClose }) {
  const [typed, setTyped] = useState("");
  const working = connection.tokens.filter((one) => one.state === "live" || one.state === "ending");
  const last = working.length === 1 && working[0].token_id === token.token_id;
  const act = useAct(async () => {
    set(await remove(`/connections/${connection.scim_id}/tokens/${token.token_id}`));
    onClose();
    announce(t("token.revoked"));
  });
  const tail = token.last4;
  return html`
    <${DialogForm}
      title=${t(token.state === "ending" ? "token.end-title" : "token.revoke-title", { tail })}
      hook="revoke"
      onClose=${onClose}
      act=${act}
      danger=${true}
      submit=${t(token.state === "ending" ? "token.end-now" : "token.revoke")}
      submitHook="revoke.submit"
      ready=${!last || typed.trim() === connection.node_name}
    >
      <p>${last ? t("token.revoke-last") : t("token.revoke-text")}</p>
      ${
        last &&
        html`
          <${TextField}
            label=${t("act.type-name", { name: connection.node_name })}
            value=${typed}
            onValue=${setTyped}
            data-first
            autocomplete="off"
            hook="revoke.name"
          />
        `
      }
    <//>
  `;
}

function Used({ token }) {
  if (!token.last_used_at) return t("time.not-used");
  return html`
    <${Ago} at=${token.last_used_at} />
    <br />
    <span class="faint">${token.last_used_from} ${token.last_used_agent}</span>
  `;
}

function Row({ token, onRevoke }) {
  const usable = token.state === "live" || token.state === "ending";
  return html`
    <tr data-t="token.row" data-state=${token.state}>
      <th scope="row"><code>${token.start}…${token.last4}</code></th>
      <td><${Chip} state=${token.state} /></td>
      <td>${day(token.created_at)}<br /><span class="faint">${token.created_by}</span></td>
      <td><${Used} token=${token} /></td>
      <td>
        ${
          token.revoked_at
            ? dateTime(token.revoked_at)
            : token.expires_at
              ? dateTime(token.expires_at)
              : t("time.no-end")
        }
      </td>
      <td class="acts">
        ${
          usable &&
          html`
            <button
              type="button"
              class="button small danger"
              data-needs="change" data-t=${token.state === "ending" ? "token.end-now" : "token.revoke"}
              aria-label=${`${t(token.state === "ending" ? "token.end-now" : "token.revoke")}: …${token.last4}`}
              onClick=${() => onRevoke(token)}
            >
              ${t(token.state === "ending" ? "token.end-now" : "token.revoke")}
            </button>
          `
        }
      </td>
    </tr>
  `;
}

export function Tokens({ connection, set, onRotate }) {
  const [revoking, setRevoking] = useState(null);
  const ending = connection.tokens.find((token) => token.state === "ending");
  return html`
    <div class="panel-head">
      <h2>${t("tab.tokens")}</h2>
      <button type="button" class="button primary" data-needs="change" data-t="tokens.rotate" onClick=${onRotate}>
        ${t("token.rotate")}
      </button>
    </div>
    ${
      ending &&
      html`
        <${Notice} kind="warn" hook="tokens.ending">
          <p>
            ${t("token.ending-text", {
              tail: ending.last4,
              time: ending.expires_at ? dateTime(ending.expires_at) : "",
            })}${" "}
            ${
              ending.last_used_at
                ? t("token.ending-used", { time: ago(ending.last_used_at) })
                : t("token.ending-unused")
            }
          </p>
          <p>
            <button type="button" class="button" data-needs="change" data-t="tokens.end-now" onClick=${() => setRevoking(ending)}>
              ${t("token.end-now")}
            </button>
          </p>
        <//>
      `
    }
    ${
      connection.tokens.length === 0
        ? html`
          <${Empty} icon="key" title=${t("token.empty-title")} text=${t("token.empty-text")} hook="tokens.empty" />
        `
        : html`
          <${PlainTable}
            label=${t("tab.tokens")}
            headings=${columnTexts(["token", "state", "created", "used", "ends"])}
            acts=${true}
          >
            ${connection.tokens.map(
              (token) => html`<${Row} key=${token.token_id} token=${token} onRevoke=${setRevoking} />`,
            )}
          <//>
        `
    }
    <p class="hint">${t("token.two-at-most")}</p>
    ${
      revoking &&
      html`<${RevokeDialog} connection=${connection} set=${set} token=${revoking} onClose=${() => setRevoking(null)} />`
    }
  `;
}
