// What the role of the administrator who is signed in opens. What has `data-needs` is not shown to those whose role does not open it.
import { effect, html } from "../vendor/preact-htm.js";
import { session } from "./api.js";
import { t } from "./i18n.js";

const ROLES = { change: ["owner", "administrator"], secure: ["owner"] };

export const may = (right) => ROLES[right].includes(session.value?.admin.role);

effect(() => {
  document.documentElement.dataset.role = session.value?.admin.role ?? "";
});

// Fields that nobody can change who may only look, with the reason above them.
export function Changeable({ right = "change", children }) {
  if (may(right)) return children;
  return html`
    <p class="hint" data-t="role.looks-only">${t(right === "secure" ? "role.owner-only" : "role.looks-only")}</p>
    <fieldset class="plain" disabled>${children}</fieldset>
  `;
}
