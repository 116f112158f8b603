// The dialogs that rename and delete a team.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { patch, remove } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Notice } from "../../lib/feedback.js";
import { TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";

export function RenameTeam({ team, onClose, onDone }) {
  const [name, setName] = useState(team.name);
  const act = useAct(async () => {
    onDone(await patch(`/teams/${encodeURIComponent(team.team_id)}`, { name: name.trim() }));
    announce(t("team.saved"));
  });
  return html`
    <${DialogForm}
      title=${t("node.rename-title", { name: team.name })}
      hook="team-rename"
      onClose=${onClose}
      act=${act}
      submit=${t("act.rename")}
      submitHook="team-rename.submit"
      ready=${name.trim() !== "" && name.trim() !== team.name}
    >
      ${
        team.connection &&
        team.origin === "scim" &&
        html`<${Notice} kind="warn"><p>${t("user.edit-controlled")}</p><//>`
      }
      <${TextField}
        label=${t("nodes.name")}
        value=${name}
        onValue=${setName}
        required
        data-first
        autocomplete="off"
        hook="team-rename.name"
      />
    <//>
  `;
}

export function DeleteTeam({ team, onClose, onDone }) {
  const [typed, setTyped] = useState("");
  const act = useAct(async () => {
    await remove(`/teams/${encodeURIComponent(team.team_id)}`);
    onDone();
    announce(t("node.deleted", { name: team.name }));
  });
  return html`
    <${DialogForm}
      title=${t("node.delete-title", { name: team.name })}
      hook="team-delete"
      onClose=${onClose}
      act=${act}
      submit=${t("act.delete")}
      submitHook="team-delete.submit"
      danger=${true}
      ready=${typed.trim() === team.name.trim()}
    >
      <p>${t("team.delete-text", { n: team.members })}</p>
      ${team.connection && team.origin === "scim" && html`<p class="hint">${t("team.delete-returns")}</p>`}
      <${TextField}
        label=${t("act.type-name", { name: team.name })}
        value=${typed}
        onValue=${setTyped}
        data-first
        autocomplete="off"
        hook="team-delete.name"
      />
    <//>
  `;
}
