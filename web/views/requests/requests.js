// The inspector: every request that reached the SCIM endpoint, live and in words.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Heading } from "../../lib/heading.js";
import { CommandLine } from "../../lib/fields.js";
import { RequestList } from "./request-list.js";

export function Requests() {
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.requests")} /><p class="lead">${t("requests.lead")}</p></div>
    </header>
    <section class="card"><${RequestList} empty=${t("requests.empty-all")} /></section>
    <${CommandLine}
      hook="requests.cli"
      lines=${["scimbox requests tail", "scimbox requests list --limit 50", "scimbox requests export REQUEST_ID --format curl"]}
    />
  `;
}
