// Deleting a push record: says what stays and asks for its name.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { remove } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { navigate } from "../../lib/route.js";
import { TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";

export function DeletePush({ record, onClose }) {
  const [typed, setTyped] = useState("");
  const act = useAct(async () => {
    await remove(`/push-records/${record.record_id}`);
    navigate("/ui/push");
    announce(t("push.deleted"));
  });
  return html`
    <${DialogForm}
      title=${t("push.delete-title", { name: record.name })}
      hook="push.delete-dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("act.delete")}
      submitHook="push.delete-submit"
      danger=${true}
      ready=${typed.trim() === record.name}
    >
      <p>${t("push.delete-text")}</p>
      <${TextField}
        label=${t("act.type-name", { name: record.name })}
        value=${typed}
        onValue=${setTyped}
        data-first
        autocomplete="off"
        hook="push.delete-name"
      />
    <//>
  `;
}
