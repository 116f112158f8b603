// The page for an address that leads nowhere, or where the role does not lead.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Link, route } from "../../lib/route.js";
import { ALL_PAGES } from "./pages.js";
import { Heading } from "../../lib/heading.js";

// How many letters differ.
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j += 1)
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (letter === other[j] ? 0 : 1)));
    row = next;
  }
  return row[other.length];
}

// The page whose address is nearly the one that was asked for.
function meant(path) {
  const word = path.split("/")[2]?.toLowerCase() ?? "";
  const near = ALL_PAGES.map(([href, , name]) => ({ href, name, far: distance(word, href.split("/")[2]) }));
  const [best] = near.filter(({ href }) => href !== "/ui/").sort((a, b) => a.far - b.far);
  return word && best.far <= Math.min(2, word.length - 1) ? best : null;
}

export function Missing({ text, number = "404", title = t("missing.title") }) {
  const likely = text ? null : meant(route.value.path);
  return html`
    <div class="missing">
      <p class="missing-number" aria-hidden="true">${number}</p>
      <${Heading} text=${title} />
      <p>${text ?? t("missing.text")}</p>
      ${
        likely &&
        html`
          <p>
            ${t("missing.meant")}${" "}
            <${Link} href=${likely.href} data-t="missing.meant">${t(`nav.${likely.name}`)}<//>
          </p>
        `
      }
      <p class="row centred">
        <${Link} class="button primary" href="/ui/" data-t="missing.overview">${t("missing.overview")}<//>
        <${Link} class="button" href="/ui/nodes" data-t="missing.nodes">${t("nav.nodes")}<//>
      </p>
    </div>
  `;
}

export const Forbidden = () =>
  html`<${Missing} number="403" title=${t("role.looks-only")} text=${t("role.needs-change")} />`;
