// The page for an address that leads nowhere, or where the role does not lead.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";

export function Missing({ text, number = "404", title = t("missing.title") }) {
  return html`
    <div class="missing">
      <p class="missing-number" aria-hidden="true">${number}</p>
      <${Heading} text=${title} />
      <p>${text ?? t("missing.text")}</p>
      <p class="row centred">
        <${Link} class="button primary" href="/ui/" data-t="missing.overview">${t("missing.overview")}<//>
        <${Link} class="button" href="/ui/nodes" data-t="missing.nodes">${t("nav.nodes")}<//>
      </p>
    </div>
  `;
}

export const Forbidden = () =>
  html`<${Missing} number="403" title=${t("role.looks-only")} text=${t("role.needs-change")} />`;
