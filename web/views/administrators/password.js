// Changing one's own password.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, post, session } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { Dialog } from "../../lib/dialog.js";
import { ErrorNotice } from "../../lib/feedback.js";
import { PasswordField } from "../../lib/fields.js";
import { OwnPassword } from "../../lib/own-password.js";
import { StrengthMeter, MIN_LENGTH } from "../../lib/strength.js";
import { announce } from "../../lib/announce.js";

export function PasswordDialog({ onClose }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const act = useAct(async () => {
    await post("/password", { current, new: next });
    session.value = await get("/session");
    return true;
  });
  const submit = async (event) => {
    event.preventDefault();
    if (!(await act.run())) return;
    onClose();
    announce(t("password.changed"));
  };
  return html`
    <${Dialog} title=${t("shell.password")} hook="password" onClose=${onClose}>
      <form class="form" onSubmit=${submit}>
        <${OwnPassword} value=${current} onValue=${setCurrent} hook="password.current" />
        <${PasswordField}
          label=${t("password.new")}
          hint=${t("password.hint")}
          autocomplete="new-password"
          required
          minlength=${MIN_LENGTH}
          value=${next}
          onValue=${setNext}
          hook="password.new"
        />
        <${StrengthMeter} password=${next} />
        <p class="hint">${t("password.others-end")}</p>
        <${ErrorNotice} error=${act.error} hook="password.error" />
        <div class="row end">
          <button type="button" class="button" data-t="password.cancel" onClick=${onClose}>${t("act.cancel")}</button>
          <button class="button primary" data-t="password.submit" aria-busy=${act.busy ? "true" : null}>
            ${t("password.submit")}
          </button>
        </div>
      </form>
    <//>
  `;
}
