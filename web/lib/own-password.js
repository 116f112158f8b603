// The fields in which somebody proves who they are: their own password, and the code of their second factor.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { session } from "./api.js";
import { PasswordField, TextField } from "./fields.js";

// With the address beside it for password managers.
export function OwnPassword({ value, onValue, hook }) {
  return html`
    <input
      type="email"
      class="off-screen"
      autocomplete="username"
      value=${session.value.admin.email}
      readonly
      tabindex="-1"
      aria-hidden="true"
    />
    <${PasswordField}
      label=${t("password.current")}
      autocomplete="current-password"
      required
      data-first
      value=${value}
      onValue=${onValue}
      hook=${hook}
    />
  `;
}

export function OneTimeCode(props) {
  return html`<${TextField} label=${t("factor.code")} required autocomplete="one-time-code" ...${props} />`;
}
