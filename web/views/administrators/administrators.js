// Administrators: who may sign in, adding one, renaming, a new password, and removal.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, day } from "../../lib/i18n.js";
import { get, patch, post, remove, session } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { navigate } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Icon } from "../../lib/icons.js";
import { ErrorNotice, Loaded } from "../../lib/feedback.js";
import { CommandLine, CopyField, PasswordField, SelectField, TextField } from "../../lib/fields.js";
import { MIN_LENGTH, StrengthMeter } from "../../lib/strength.js";
import { Table } from "../../lib/table.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { Ago } from "../../lib/moment.js";
import { Sessions } from "./sessions.js";

const ROLES = ["owner", "administrator", "auditor"];

function RoleField({ value, onValue, hook }) {
  return html`
    <${SelectField}
      label=${t("column.role")}
      hint=${t(`admins.role.${value}.text`)}
      value=${value}
      onValue=${onValue}
      options=${ROLES.map((role) => [role, t(`admins.role.${role}`)])}
      hook=${hook}
    />
  `;
}

function AddAdmin({ onClose, onDone }) {
  const [form, setForm] = useState({ email: "", name: "", password: "", role: "administrator" });
  const put = (name) => (value) => setForm({ ...form, [name]: value });
  const act = useAct(async () => {
    const made = await post("/admins", { ...form, email: form.email.trim(), name: form.name.trim() });
    onDone();
    announce(t("admins.added", { name: made.name }));
  });
  const ready = form.email.trim() !== "" && form.name.trim() !== "" && form.password !== "";
  return html`
    <${DialogForm}
      title=${t("admins.add")}
      hook="admin-add"
      onClose=${onClose}
      act=${act}
      submit=${t("admins.add-submit")}
      submitHook="admin-add.submit"
      ready=${ready}
    >
      <p>${t("admins.add-text")}</p>
      <${TextField}
        label=${t("login.email")}
        type="email"
        value=${form.email}
        onValue=${put("email")}
        required
        data-first
        autocomplete="off"
        hook="admin-add.email"
      />
      <${TextField}
        label=${t("nodes.name")}
        value=${form.name}
        onValue=${put("name")}
        required
        autocomplete="off"
        hook="admin-add.name"
      />
      <${RoleField} value=${form.role} onValue=${put("role")} hook="admin-add.role" />
      <${PasswordField}
        label=${t("admins.first-password")}
        hint=${t("password.hint")}
        value=${form.password}
        onValue=${put("password")}
        required
        minlength=${MIN_LENGTH}
        autocomplete="new-password"
        hook="admin-add.password"
      />
      <${StrengthMeter} password=${form.password} />
    <//>
  `;
}

function RenameAdmin({ admin, onClose, onDone }) {
  const [name, setName] = useState(admin.name);
  const act = useAct(async () => {
    const next = await patch(`/admins/${admin.admin_id}`, { name: name.trim() });
    if (admin.you) session.value = { ...session.value, admin: { ...session.value.admin, name: next.name } };
    onDone();
    announce(t("admins.renamed"));
  });
  return html`
    <${DialogForm}
      title=${t("node.rename-title", { name: admin.name })}
      hook="admin-rename"
      onClose=${onClose}
      act=${act}
      submit=${t("act.rename")}
      submitHook="admin-rename.submit"
      ready=${name.trim() !== "" && name.trim() !== admin.name}
    >
      <${TextField}
        label=${t("nodes.name")}
        value=${name}
        onValue=${setName}
        required
        data-first
        autocomplete="off"
        hook="admin-rename.name"
      />
    <//>
  `;
}

function ChangeRole({ admin, onClose, onDone }) {
  const [role, setRole] = useState(admin.role);
  const act = useAct(async () => {
    await patch(`/admins/${admin.admin_id}`, { role });
    if (admin.you) session.value = { ...session.value, admin: { ...session.value.admin, role } };
    onDone();
    announce(t("admins.role-done", { name: admin.name }));
  });
  return html`
    <${DialogForm}
      title=${t("admins.role-title", { name: admin.name })}
      hook="admin-role"
      onClose=${onClose}
      act=${act}
      submit=${t("admins.role")}
      submitHook="admin-role.submit"
      ready=${role !== admin.role}
    >
      <${RoleField} value=${role} onValue=${setRole} hook="admin-role.role" />
    <//>
  `;
}

function ResetPassword({ admin, onClose, onDone }) {
  const [next, setNext] = useState("");
  const [made, setMade] = useState(null);
  const link = useAct(async () => setMade(await post(`/admins/${admin.admin_id}/reset-link`, {})));
  const act = useAct(async () => {
    await post(`/admins/${admin.admin_id}/password`, { new: next });
    onDone();
    announce(t("admins.password-done", { name: admin.name }));
  });
  return html`
    <${DialogForm}
      title=${t("admins.password-title", { name: admin.name })}
      hook="admin-password"
      onClose=${onClose}
      act=${act}
      submit=${t("admins.password")}
      submitHook="admin-password.submit"
      ready=${next !== ""}
    >
      <p>${t("admins.password-text")}</p>
      ${
        made
          ? html`
            <${CopyField}
              label=${t("admins.link")}
              hint=${t(made.mailed ? "admins.link-mailed" : "admins.link-text")}
              value=${made.link}
              hook="admin-password.link"
              copyHook="admin-password.copy"
            />
          `
          : html`
            <p>
              <button type="button" class="button" data-t="admin-password.make-link" onClick=${link.run}>
                ${t("admins.link-make")}
              </button>
            </p>
          `
      }
      <${ErrorNotice} error=${link.error} hook="admin-password.link-error" />
      <${PasswordField}
        label=${t("password.new")}
        hint=${t("password.hint")}
        value=${next}
        onValue=${setNext}
        required
        minlength=${MIN_LENGTH}
        data-first
        autocomplete="new-password"
        hook="admin-password.new"
      />
      <${StrengthMeter} password=${next} />
    <//>
  `;
}

function RemoveAdmin({ admin, onClose, onDone }) {
  const [typed, setTyped] = useState("");
  const act = useAct(async () => {
    await remove(`/admins/${admin.admin_id}`);
    if (admin.you) {
      navigate("/ui/login", { ask: false });
      session.value = null;
      return;
    }
    onDone();
    announce(t("admins.removed", { name: admin.name }));
  });
  return html`
    <${DialogForm}
      title=${t("admins.remove-title", { name: admin.name })}
      hook="admin-remove"
      onClose=${onClose}
      act=${act}
      submit=${t("admins.remove")}
      submitHook="admin-remove.submit"
      danger=${true}
      ready=${typed.trim() === admin.email}
    >
      <p>${t(admin.you ? "admins.remove-you" : "admins.remove-text")}</p>
      <${TextField}
        label=${t("act.type-name", { name: admin.email })}
        value=${typed}
        onValue=${setTyped}
        data-first
        autocomplete="off"
        hook="admin-remove.email"
      />
    <//>
  `;
}

const DIALOGS = { rename: RenameAdmin, role: ChangeRole, password: ResetPassword, remove: RemoveAdmin };

export function Administrators() {
  const list = useLoad(async () => (await get("/admins")).admins, []);
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const done = () => {
    close();
    list.reload();
  };
  const last = list.value?.length === 1;
  const button = (what, admin, disabled = false) => html`
    <button
      type="button"
      class=${what === "remove" ? "button small danger" : "button small"}
      disabled=${disabled}
      aria-label=${t(`admins.${what}-title`, { name: admin.name })}
      aria-describedby=${disabled ? "last-admin" : null}
      data-needs="secure" data-t=${`admins.${what}`}
      onClick=${() => setOpen({ what, admin })}
    >
      ${t(what === "rename" ? "act.rename" : `admins.${what}`)}
    </button>${" "}
  `;
  const cells = (admin) => html`
    <th scope="row">
      ${admin.name}
      ${admin.you && html` <span class="tag">${t("admins.you")}</span>`}
      <br />
      <span class="faint">${admin.email}</span>
    </th>
    <td class="keep" data-t="admins.role-of">${t(`admins.role.${admin.role}`)}</td>
    <td class="keep">${day(admin.created_at)}</td>
    <td class="keep"><${Ago} at=${admin.last_seen_at} empty=${t("time.never")} /></td>
    <td class="acts">
      ${button("rename", admin)}
      ${button("role", admin)}
      ${!admin.you && button("password", admin)}
      ${button("remove", admin, last)}
    </td>
  `;
  const Open = open && DIALOGS[open.what];
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.administrators")} /><p class="lead">${t("admins.lead")}</p></div>
      <button type="button" class="button primary" data-needs="secure" data-t="admins.add" onClick=${() => setOpen({ what: "add" })}>
        <${Icon} name="plus" />
        ${t("admins.add")}
      </button>
    </header>
    <section class="card">
      <${Loaded} of=${list} hook="admins">
        ${(admins) => html`
          <${Table}
            label=${t("nav.administrators")}
            hook="admins"
            columns=${["name", "role", "created", "seen"]}
            rows=${admins}
            idOf=${(admin) => admin.admin_id}
            cells=${cells}
            acts=${true}
          />
        `}
      <//>
      ${last && html`<p class="hint" id="last-admin">${t("error.LAST_ADMIN")}</p>`}
    </section>
    <${Sessions} />
    <${CommandLine}
      hook="admins.cli"
      lines=${[
        "scimbox admin list",
        "scimbox admin create EMAIL --role auditor",
        "scimbox admin edit EMAIL --role owner",
        "scimbox admin reset-password EMAIL",
      ]}
    />
    ${open?.what === "add" && html`<${AddAdmin} onClose=${close} onDone=${done} />`}
    ${Open && html`<${Open} admin=${open.admin} onClose=${close} onDone=${done} />`}
  `;
}
