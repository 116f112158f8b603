// API keys: what programs use in place of a session; shown once, then only their beginning and end.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, day, dateTime } from "../../lib/i18n.js";
import { get, post, remove } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Icon } from "../../lib/icons.js";
import { Dialog } from "../../lib/dialog.js";
import { Chip, Empty, Loaded, Notice } from "../../lib/feedback.js";
import { CopyField, RadioGroup, SelectField, TextField } from "../../lib/fields.js";
import { Table } from "../../lib/table.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { useNodeOptions } from "../../lib/node-options.js";
import { Ago } from "../../lib/moment.js";

function stateOf(key) {
  if (key.revoked_at) return "revoked";
  return key.expires_at && new Date(key.expires_at) <= new Date() ? "expired" : "live";
}

function CreateKey({ onClose, onMade }) {
  const [form, setForm] = useState({ name: "", scope: "read", days: "90", node: "", from: "" });
  const nodes = useLoad(() => get("/nodes"), []);
  const picker = useNodeOptions(nodes.value ?? []);
  const [made, setMade] = useState(null);
  const act = useAct(async () => {
    setMade(
      await post("/api-keys", {
        name: form.name.trim(),
        scope: form.scope,
        days: form.days === "never" ? "never" : Number(form.days),
        ...(form.node && { nodes: [Number(form.node)] }),
        ...(form.from && { allow_from: form.from }),
      }),
    );
    onMade();
  });
  if (made) {
    const curl = `curl -H "Authorization: Bearer $SCIMBOX_KEY" "${location.origin}/api/v1/users?count=1"`;
    return html`
      <${Dialog} key="made" title=${t("keys.made-title")} hook="key-made" onClose=${onClose} locked=${true}>
        <div class="form">
          <${CopyField}
            label=${t("keys.secret")}
            value=${made.secret}
            hook="key-made.secret"
            copyHook="key-made.copy"
          />
          <${Notice}><p><strong>${t("keys.never-again")}</strong></p><//>
          <${CopyField}
            label=${t("connect.curl")}
            hint=${t("keys.curl-hint")}
            value=${curl}
            hook="key-made.curl"
            copyHook="key-made.copy-curl"
          />
          <div class="row end">
            <button type="button" class="button primary" data-t="key-made.done" onClick=${onClose}>
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
      title=${t("keys.create")}
      hook="key-create"
      onClose=${onClose}
      act=${act}
      submit=${t("act.generate")}
      submitHook="key-create.submit"
      ready=${form.name.trim() !== ""}
    >
      <${TextField}
        label=${t("nodes.name")}
        hint=${t("keys.name-hint")}
        value=${form.name}
        onValue=${(name) => setForm({ ...form, name })}
        required
        data-first
        autocomplete="off"
        hook="key-create.name"
      />
      <${RadioGroup}
        legend=${t("keys.scope")}
        name="scope"
        value=${form.scope}
        onValue=${(scope) => setForm({ ...form, scope })}
        hook="key-create.scope"
        options=${["read", "write", "full"].map((value) => ({
          value,
          label: t(`keys.scope.${value}`),
          hint: t(`keys.scope.${value}.text`),
        }))}
      />
      <${SelectField}
        label=${t("keys.node")}
        hint=${t("keys.node.hint")}
        value=${form.node}
        onValue=${(node) => setForm({ ...form, node })}
        hook="key-create.node"
        options=${[["", t("keys.node.all")], ...picker]}
      />
      <${TextField}
        label=${t("setting.allow_from")}
        hint=${t("setting.allow_from.text")}
        value=${form.from}
        onValue=${(from) => setForm({ ...form, from })}
        autocomplete="off"
        hook="key-create.from"
      />
      <${SelectField}
        label=${t("keys.expiry")}
        value=${form.days}
        onValue=${(days) => setForm({ ...form, days })}
        hook="key-create.days"
        options=${[
          ["30", t("keys.expiry.30")],
          ["90", t("token.expiry.90")],
          ["365", t("token.expiry.365")],
          ["never", t("token.expiry.none")],
        ]}
      />
      <p class="hint">${t("keys.cannot")}</p>
    <//>
  `;
}

function RevokeKey({ apiKey, onClose, onDone }) {
  const act = useAct(async () => {
    await remove(`/api-keys/${encodeURIComponent(apiKey.key_id)}`);
    onDone();
    announce(t("keys.revoked"));
  });
  return html`
    <${DialogForm}
      title=${t("keys.revoke-title", { name: apiKey.name })}
      hook="key-revoke"
      onClose=${onClose}
      act=${act}
      submit=${t("token.revoke")}
      submitHook="key-revoke.submit"
      danger=${true}
    >
      <p>${t("keys.revoke-text")}</p>
    <//>
  `;
}

export function ApiKeys() {
  const list = useLoad(async () => (await get("/api-keys")).api_keys, []);
  const nodes = useLoad(() => get("/nodes"), []);
  const nameOf = (id) => nodes.value?.find((node) => node.node_id === id)?.name ?? String(id);
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const cells = (key) => html`
    <th scope="row">${key.name}<br /><code class="faint">${key.start}…${key.last4}</code></th>
    <td><${Chip} state=${stateOf(key)} hook="keys.state" /></td>
    <td>
      ${t(`keys.scope.${key.scope}`)}
      ${key.nodes && html`<br /><span class="faint">${key.nodes.map(nameOf).join(", ")}</span>`}
      ${key.allow_from && html`<br /><span class="faint">${key.allow_from}</span>`}
    </td>
    <td>${day(key.created_at)}<br /><span class="faint">${key.created_by}</span></td>
    <td class="keep"><${Ago} at=${key.last_used_at} empty=${t("time.not-used")} /></td>
    <td>${key.revoked_at ? dateTime(key.revoked_at) : key.expires_at ? dateTime(key.expires_at) : t("time.no-end")}</td>
    <td class="acts">
      ${
        stateOf(key) === "live" &&
        html`
          <button
            type="button"
            class="button small danger"
            aria-label=${t("keys.revoke-title", { name: key.name })}
            data-needs="change" data-t="keys.revoke"
            onClick=${() => setOpen(key)}
          >
            ${t("token.revoke")}
          </button>
        `
      }
    </td>
  `;
  const add = html`
    <button type="button" class="button primary" data-needs="change" data-t="keys.create" onClick=${() => setOpen("create")}>
      <${Icon} name="plus" />
      ${t("keys.create")}
    </button>
  `;
  return html`
    <header class="page-head">
      <div>
        <${Heading} text=${t("nav.api-keys")} />
        <p class="lead">${t("keys.lead")} <${Link} href="/ui/api" data-t="keys.to-reference">${t("nav.api")}<//></p>
      </div>
      ${add}
    </header>
    <section class="card">
      <${Loaded} of=${list} hook="keys">
        ${(keys) =>
          keys.length === 0
            ? html`
              <${Empty} icon="key" title=${t("keys.empty-title")} text=${t("keys.empty-text")} hook="keys.empty" />
            `
            : html`
              <${Table}
                label=${t("nav.api-keys")}
                hook="keys"
                columns=${["name", "state", "scope", "created", "used", "ends"]}
                rows=${keys}
                idOf=${(key) => key.key_id}
                cells=${cells}
                acts=${true}
              />
            `}
      <//>
    </section>
    ${open === "create" && html`<${CreateKey} onClose=${close} onMade=${list.reload} />`}
    ${
      open &&
      open !== "create" &&
      html`
        <${RevokeKey}
          apiKey=${open}
          onClose=${close}
          onDone=${() => {
            close();
            list.reload();
          }}
        />
      `
    }
  `;
}
