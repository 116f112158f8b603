// What needs an administrator: at most seven items, each with one act.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { Icon } from "../../lib/icons.js";
import { idpName } from "../../lib/idp.js";
import { connectionHref, draftHref } from "../../lib/links.js";

const MOST = 7;
const FEW_SEATS = 10;

function ofConnection({ scim_id: id, node_id: node_id, node_name: node, idp, state, attention }) {
  const href = connectionHref(id);
  if (state === "draft") return { name: "draft", values: { node }, href: draftHref(node_id), tone: "warn" };
  if (attention)
    return {
      name: "attention",
      values: { node, why: t(`attention.${attention}`) },
      href: `${href}?tab=requests`,
      tone: "bad",
    };
  if (state === "paused") return { name: "paused", values: { node }, href, tone: "warn" };
  if (state === "pending") return { name: "pending", values: { node, idp: idpName(idp) }, href, tone: "warn" };
  return null;
}

function itemsOf({ connections, pending, seats, unsent }) {
  const waiting = pending.teams + pending.memberships;
  const left = seats.seats > 0 ? seats.seats - seats.users : Infinity;
  const found = connections.map(ofConnection).filter(Boolean);
  const first = found.filter((one) => one.tone === "bad");
  if (waiting > 0) first.push({ name: "approvals", values: { n: waiting }, href: "/ui/approvals", tone: "warn" });
  if (left <= FEW_SEATS)
    first.push({ name: "seats", values: { n: Math.max(0, left) }, href: "/ui/settings", tone: "warn" });
  if (unsent > 0) first.push({ name: "unsent", values: { n: unsent }, href: "/ui/outbox", tone: "warn" });
  return [...first, ...found.filter((one) => one.tone !== "bad")].slice(0, MOST);
}

export function Needs({ overview }) {
  const items = itemsOf(overview);
  return html`
    <section class="card" aria-labelledby="needs-title" data-t="overview.needs">
      <h2 id="needs-title">${t("needs.title")}</h2>
      ${
        items.length === 0
          ? html`<p class="status good" data-t="needs.nothing">${t("needs.nothing")}</p>`
          : html`
            <ul class="needs">
              ${items.map(
                ({ name, values, href, tone }) => html`
                  <li key=${name + href} class=${`need ${tone}`} data-t="needs.item" data-name=${name}>
                    <${Icon} name=${tone === "bad" ? "alert" : "hourglass"} />
                    <span>${t(`needs.${name}`, values)}</span>
                    <${Link} class="button small" href=${href} data-t=${`needs.${name}`}>${t(`needs.${name}.act`)}<//>
                  </li>
                `,
              )}
            </ul>
          `
      }
    </section>
  `;
}
