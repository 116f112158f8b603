// Deleting a connection: says what stays and asks for the node's name.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { remove } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { navigate } from "../../lib/route.js";
import { TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { nodeHref } from "../../lib/links.js";

export function DeleteConnection({ connection, onClose }) {
  const [typed, setTyped] = useState("");
  const act = useAct(async () => {
    await remove(`/connections/${connection.scim_id}`);
    navigate(nodeHref(connection.node_id));
    announce(t("connection.deleted"));
  });
  return html`
    <${DialogForm}
      title=${t("connection.delete-title", { name: connection.node_name })}
      hook="connection.delete-dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("act.delete")}
      submitHook="connection.delete-submit"
      danger=${true}
      ready=${typed.trim() === connection.node_name}
    >
      <p>${t("connection.delete-text", { users: connection.users, teams: connection.teams })}</p>
      <${TextField}
        label=${t("act.type-name", { name: connection.node_name })}
        value=${typed}
        onValue=${setTyped}
        data-first
        autocomplete="off"
        hook="connection.delete-name"
      />
    <//>
  `;
}
