// What a request changed: each attribute before and after, members by name.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { PlainTable } from "../../lib/plain-table.js";
import { teamHref, userHref } from "../../lib/links.js";
import { NotKept } from "./request-text.js";

function shown(value) {
  if (value === null || value === undefined) return html`<span class="faint">${t("audit.nothing")}</span>`;
  if (typeof value === "boolean") return t(value ? "audit.yes" : "audit.no");
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function Effect({ effects, request, would = false }) {
  if (effects.length === 0) {
    if (!would && request.capture !== "full" && request.method !== "GET")
      return html`<${NotKept} request=${request} />`;
    return html`<p class="faint" data-t="request.no-effect">${t("request.no-effect")}</p>`;
  }
  const label = t(would ? "request.would-change" : "request.tab.effect");
  return html`
    <${PlainTable} label=${label} headings=${["object", "attribute", "before", "after"].map((name) => t(`request.${name}`))}>
      ${effects.map(
        (one, i) => html`
          <tr key=${i} data-t="request.effect">
            <th scope="row">
              <${Link} href=${one.kind === "Group" ? teamHref(one.id) : userHref(one.id)} data-t="request.effect-of">${one.name}<//>
            </th>
            <td><code class="breaks">${one.attribute}</code></td>
            <td class="breaks"><del>${shown(one.before)}</del></td>
            <td class="breaks"><ins>${shown(one.after)}</ins></td>
          </tr>
        `,
      )}
    <//>
  `;
}
