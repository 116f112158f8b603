// A new password by the link that an owner or the command line made; its secret stands in the fragment.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { errorText, t } from "../../lib/i18n.js";
import { post, session } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { ErrorNotice } from "../../lib/feedback.js";
import { PasswordField } from "../../lib/fields.js";
import { StrengthMeter } from "../../lib/strength.js";

export function Reset() {
  // The address bar and the history do not keep the secret.
  const [token] = useState(() => decodeURIComponent(location.hash.match(/^#k=(.+)$/)?.[1] ?? ""));
  const [next, setNext] = useState("");
  const [done, setDone] = useState(false);
  useEffect(() => history.replaceState(null, "", location.pathname), []);
  const act = useAct(async () => {
    await post("/password/reset", { token, new: next });
    session.value = null;
    setDone(true);
  });
  const submit = (event) => {
    event.preventDefault();
    if (next) act.run();
  };
  const weak = act.error?.code === "WEAK_PASSWORD";
  return html`
    <section class="card narrow">
      <${Heading} text=${t(done ? "admins.reset-done" : "admins.password")} />
      ${
        done || !token
          ? html`
            ${!done && html`<p data-t="reset.no-link">${t("error.RESET_LINK_OVER")}</p>`}
            <p><${Link} class="button primary" href="/ui/login" data-t="reset.to-login">${t("login.submit")}<//></p>
          `
          : html`
            <form class="form" onSubmit=${submit} noValidate>
              <${PasswordField}
                label=${t("password.new")}
                hint=${t("password.hint")}
                autocomplete="new-password"
                required
                value=${next}
                onValue=${setNext}
                error=${weak ? errorText(act.error) : null}
                hook="reset.password"
              />
              <${StrengthMeter} password=${next} />
              <${ErrorNotice} error=${weak ? null : act.error} hook="reset.error" />
              <button class="button primary wide" data-t="reset.submit" aria-busy=${act.busy ? "true" : null}>
                ${t("act.save")}
              </button>
            </form>
          `
      }
    </section>
  `;
}
