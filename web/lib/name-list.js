// The first of many names, and how many more there are.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";

const MAX_NAMES = 5;

export function NameList({ names }) {
  const rest = names.length - MAX_NAMES;
  return html`
    <ul class="named">
      ${names.slice(0, MAX_NAMES).map((name) => html`<li key=${name}>${name}</li>`)}
      ${rest > 0 && html`<li class="faint">${t("bulk.more", { n: rest })}</li>`}
    </ul>
  `;
}
