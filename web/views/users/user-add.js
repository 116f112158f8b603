// Adding a user by hand; when another node holds the address, its node is named and the user can be moved here.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Link } from "../../lib/route.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { CheckField, SelectField, TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { useNodeOptions } from "../../lib/node-options.js";
import { userHref } from "../../lib/links.js";

// What a refusal offers: the holder in another node can be moved, the one in this node opened.
export function HolderNotice({ error, nodeName, onMove, moving }) {
  const { code, detail } = error;
  if (code === "USER_ELSEWHERE") {
    return html`
      <${Notice} kind="warn" live=${true} hook="user.elsewhere">
        <p>
          ${t("error.USER_ELSEWHERE", { user_name: detail.user_name, node: detail.node })}${" "}
          <code class="code">${code}</code>
        </p>
        <p>${t("user.elsewhere-move", { node: nodeName })}</p>
        <p class="row">
          <button
            type="button"
            class="button primary"
            aria-busy=${moving.busy ? "true" : null}
            data-t="user.elsewhere-move"
            onClick=${() => onMove(detail)}
          >
            ${t("user.move-here")}
          </button>
          <${Link} class="button" href=${userHref(detail.user_id)} data-t="user.elsewhere-open">${t("user.open")}<//>
        </p>
        <${ErrorNotice} error=${moving.error} />
      <//>
    `;
  }
  if (code === "USER_NAME_TAKEN") {
    return html`
      <${Notice} kind="warn" live=${true} hook="user.taken">
        <p>${t("error.USER_NAME_TAKEN")} <code class="code">${code}</code></p>
        <p><${Link} class="button" href=${userHref(detail.user_id)} data-t="user.taken-open">${t("user.open")}<//></p>
      <//>
    `;
  }
  return html`
    <${ErrorNotice} error=${error} hook="user.error">
      ${
        code === "OUT_OF_SEATS" &&
        html`<p><${Link} href="/ui/settings" data-t="user.to-seats">${t("user.to-seats")}<//></p>`
      }
    <//>
  `;
}

export function AddUser({ nodes, node, onClose, onDone }) {
  const first = nodes.find((one) => one.parent_id !== null) ?? nodes[0];
  const [form, setForm] = useState({
    user_name: "",
    display_name: "",
    external_id: "",
    node: node || String(first.node_id),
    invite: true,
  });
  const options = useNodeOptions(nodes);
  const put = (name) => (value) => setForm({ ...form, [name]: value });
  const finish = (user, word) => {
    onDone(user);
    announce(t(word, { name: user.user_name }));
  };
  const act = useAct(async () => {
    const body = { node_id: Number(form.node), user_name: form.user_name.trim(), invite: form.invite };
    for (const name of ["display_name", "external_id"]) if (form[name].trim()) body[name] = form[name].trim();
    finish(await post("/users", body), "user.added");
  });
  const moving = useAct(async (holder) =>
    finish(await post(`/users/${holder.user_id}/move`, { node_id: Number(form.node) }), "user.moved"),
  );
  const held = { ...act, error: null };
  const nodeName = nodes.find((one) => String(one.node_id) === form.node)?.name ?? "";
  return html`
    <${DialogForm}
      title=${t("users.add")}
      hook="user-add"
      onClose=${onClose}
      act=${held}
      submit=${t("user.add-submit")}
      submitHook="user-add.submit"
      ready=${form.user_name.trim() !== ""}
    >
      <${TextField}
        label=${t("user.name")}
        hint=${t("user.name-hint")}
        type="email"
        value=${form.user_name}
        onValue=${put("user_name")}
        required
        data-first
        autocomplete="off"
        hook="user-add.user-name"
      />
      <${TextField}
        label=${t("column.display-name")}
        value=${form.display_name}
        onValue=${put("display_name")}
        autocomplete="off"
        hook="user-add.display-name"
      />
      <${SelectField}
        label=${t("people.node")}
        value=${form.node}
        onValue=${put("node")}
        options=${options}
        hook="user-add.node"
      />
      <${TextField}
        label=${t("column.external-id")}
        hint=${t("user.external-id-hint")}
        value=${form.external_id}
        onValue=${put("external_id")}
        autocomplete="off"
        hook="user-add.external-id"
      />
      <${CheckField}
        label=${t("user.invite")}
        hint=${t("user.invite-hint")}
        checked=${form.invite}
        onValue=${put("invite")}
        hook="user-add.invite"
      />
      ${
        act.error &&
        html`
          <${HolderNotice}
            error=${act.error}
            nodeName=${nodeName}
            onMove=${(holder) => moving.run(holder)}
            moving=${moving}
          />
        `
      }
    <//>
  `;
}
