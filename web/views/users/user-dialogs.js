// The dialogs of one user: edit, move to another node, a link to copy, and deletion.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, dateTime } from "../../lib/i18n.js";
import { get, patch, post, remove } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Dialog } from "../../lib/dialog.js";
import { ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CopyField, SelectField, TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { useNodeOptions } from "../../lib/node-options.js";
import { HolderNotice } from "./user-add.js";

const FIELDS = ["user_name", "display_name", "external_id"];

export function EditUser({ user, onClose, onDone }) {
  const [form, setForm] = useState(Object.fromEntries(FIELDS.map((name) => [name, user[name] ?? ""])));
  const put = (name) => (value) => setForm({ ...form, [name]: value });
  const changed = Object.fromEntries(
    FIELDS.map((name) => [name, form[name].trim() || null]).filter(([name, value]) => value !== user[name]),
  );
  const act = useAct(async () => {
    onDone(await patch(`/users/${user.user_id}`, changed));
    announce(t("user.saved"));
  });
  const controlled = user.connection && user.origin === "scim";
  return html`
    <${DialogForm}
      title=${t("user.edit-title")}
      hook="user-edit"
      onClose=${onClose}
      act=${{ ...act, error: null }}
      submit=${t("act.save")}
      submitHook="user-edit.submit"
      ready=${form.user_name.trim() !== "" && Object.keys(changed).length > 0}
    >
      ${controlled && html`<${Notice} kind="warn"><p>${t("user.edit-controlled")}</p><//>`}
      <${TextField}
        label=${t("user.name")}
        value=${form.user_name}
        onValue=${put("user_name")}
        required
        data-first
        autocomplete="off"
        hook="user-edit.user-name"
      />
      <${TextField}
        label=${t("column.display-name")}
        value=${form.display_name}
        onValue=${put("display_name")}
        autocomplete="off"
        hook="user-edit.display-name"
      />
      <${TextField}
        label=${t("column.external-id")}
        hint=${t("user.external-id-edit")}
        value=${form.external_id}
        onValue=${put("external_id")}
        autocomplete="off"
        hook="user-edit.external-id"
      />
      ${
        act.error &&
        (act.error.code === "USER_ELSEWHERE"
          ? html`<${ErrorNotice} error=${act.error} hook="user.error" />`
          : html`<${HolderNotice} error=${act.error} moving=${act} />`)
      }
    <//>
  `;
}

export function MoveUser({ user, onClose, onDone }) {
  const nodes = useLoad(() => get("/nodes"), []);
  const [target, setTarget] = useState("");
  const options = useNodeOptions(nodes.value ?? []).filter(([id]) => id !== String(user.node_id));
  const act = useAct(async () => {
    const moved = await post(`/users/${user.user_id}/move`, { node_id: Number(target) });
    onDone(moved);
    announce(t("user.moved", { name: moved.user_name }));
  });
  return html`
    <${DialogForm}
      title=${t("user.move-title", { name: user.user_name })}
      hook="user-move"
      onClose=${onClose}
      act=${act}
      submit=${t("node.move-submit")}
      submitHook="user-move.submit"
      ready=${target !== ""}
    >
      <p>${t("bulk.move.text")}</p>
      <${Loaded} of=${nodes} hook="user-move">
        ${() => html`
          <${SelectField}
            label=${t("user.move-target")}
            value=${target}
            onValue=${setTarget}
            options=${[["", t("user.choose-node")], ...options]}
            hook="user-move.target"
          />
        `}
      <//>
    <//>
  `;
}

// Asks first, because a new link ends those already sent.
export function LinkDialog({ user, onClose, onMade }) {
  const [made, setMade] = useState(null);
  const act = useAct(async () => {
    setMade(await post(`/users/${user.user_id}/link`));
    onMade();
  });
  if (!made) {
    return html`
      <${DialogForm}
        key="ask"
        title=${t("invitation.link-title")}
        hook="user-link"
        onClose=${onClose}
        act=${act}
        submit=${t("invitation.link-make")}
        submitHook="user-link.submit"
      >
        <p>${t("invitation.link-text", { name: user.user_name })}</p>
      <//>
    `;
  }
  return html`
    <${Dialog} key="made" title=${t("invitation.link-title")} hook="user-link" onClose=${onClose}>
      <div class="form">
        <${CopyField}
          label=${t("invitation.link")}
          value=${made.link}
          hint=${t("invitation.link-until", { time: dateTime(made.expires_at) })}
          hook="user-link.link"
          copyHook="user-link.copy"
        />
        <div class="row end">
          <button type="button" class="button primary" data-t="user-link.done" onClick=${onClose}>
            ${t("act.close")}
          </button>
        </div>
      </div>
    <//>
  `;
}

export function DeleteUser({ user, onClose, onDone }) {
  const [typed, setTyped] = useState("");
  const act = useAct(async () => {
    await remove(`/users/${user.user_id}`);
    onDone();
    announce(t("bulk.delete.done", { n: 1 }));
  });
  return html`
    <${DialogForm}
      title=${t("node.delete-title", { name: user.user_name })}
      hook="user-delete"
      onClose=${onClose}
      act=${act}
      submit=${t("act.delete")}
      submitHook="user-delete.submit"
      danger=${true}
      ready=${typed.trim() === user.user_name}
    >
      <p>${t("bulk.delete.text")}</p>
      <${TextField}
        label=${t("act.type-name", { name: user.user_name })}
        value=${typed}
        onValue=${setTyped}
        data-first
        autocomplete="off"
        hook="user-delete.name"
      />
    <//>
  `;
}
