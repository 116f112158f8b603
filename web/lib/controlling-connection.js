// The connection that controls a user or a team.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { Link } from "./route.js";
import { Chip } from "./feedback.js";
import { idpName } from "./idp.js";
import { connectionHref } from "./links.js";

// Which connection controls what stands here, in which state it is, and how it approves.
export function ControllingConnection({ connection, origin }) {
  if (!connection) return html`<span>${t("user.no-connection")}</span>`;
  return html`
    <span class="chips">
      <${Link} href=${connectionHref(connection.scim_id)} data-t="user.connection">${idpName(connection.idp)}<//>
      <${Chip} state=${connection.state} />
      <span class="faint">${t("user.approval", { mode: t(`set.approval.${connection.approval}`) })}</span>
      ${origin === "hand" && html`<span class="faint">${t("user.by-hand-still")}</span>`}
    </span>
  `;
}
