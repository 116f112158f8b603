// What a membership waits for.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";

export function WaitingFor({ row }) {
  if (row.state === "rejected")
    return html`
      <span>${row.rejection ? t("waits.rejected", { reason: row.rejection }) : t("waits.rejected-plain")}</span>
    `;
  if (!row.waiting_for) return html`<span class="faint">–</span>`;
  return t(`waits.${row.waiting_for}`);
}
