// The command palette: pages, connections, nodes, users and teams by name; arrows choose, Enter goes there.
import { html, useEffect, useId, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { Dialog } from "../../lib/dialog.js";
import { Icon } from "../../lib/icons.js";
import { idpName } from "../../lib/idp.js";
import { connectionHref, draftHref, nodeHref, teamHref, userHref } from "../../lib/links.js";
import { useLoad } from "../../lib/load.js";
import { queryString, useDebounced } from "../../lib/query.js";
import { navigate } from "../../lib/route.js";
import { ALL_PAGES } from "./pages.js";

const OF_EACH = 6;

// A group that cannot be read stays empty: the others still lead somewhere.
const listOf = (path, pack) => get(path).then(pack, () => []);

const pages = () =>
  ALL_PAGES.map(([href, icon, name]) => ({ group: "pages", icon, href, text: t(`nav.${name}`), about: "" }));

function connectionItem({ scim_id: id, node_id: node, node_name: name, idp, state }) {
  const href = state === "draft" ? draftHref(node) : connectionHref(id);
  return { group: "connections", icon: "plug", href, text: name, about: `${idpName(idp)} · ${t(`state.${state}`)}` };
}

const nodeItem = ({ node_id: id, name, path }) => ({
  group: "nodes",
  icon: "nodes",
  href: nodeHref(id),
  text: name,
  about: path === name ? "" : path,
});

const userItem = ({ user_id: id, user_name: name, display_name: shown, node_name: node }) => ({
  group: "users",
  icon: "person",
  href: userHref(id),
  text: name,
  about: [shown, node].filter(Boolean).join(" · "),
});

const teamItem = ({ team_id: id, name, node_name: node }) => ({
  group: "teams",
  icon: "teams",
  href: teamHref(id),
  text: name,
  about: node,
});

// The address is looked at too, so that a page is found by its English name in every language.
function found(items, words) {
  const fits = ({ text, about, href }) => {
    const said = `${text} ${about} ${href}`.toLowerCase();
    return words.every((word) => said.includes(word));
  };
  return items.filter(fits);
}

function useItems(typed) {
  const here = useLoad(
    () =>
      Promise.all([
        listOf("/connections", (all) => all.map(connectionItem)),
        listOf("/nodes", (all) => all.map(nodeItem)),
      ]),
    [],
  );
  const asked = useDebounced(typed.trim(), 150);
  const people = useLoad(
    async () => {
      if (!asked) return [];
      const query = queryString({ q: asked, count: OF_EACH });
      return (
        await Promise.all([
          listOf(`/users?${query}`, ({ users }) => users.map(userItem)),
          listOf(`/teams?${query}`, ({ teams }) => teams.map(teamItem)),
        ])
      ).flat();
    },
    [asked],
    true,
  );
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return { items: pages(), waiting: false };
  const local = (here.value ?? []).flatMap((items) => found(items, words).slice(0, OF_EACH));
  const items = [...found(pages(), words), ...local, ...(people.value ?? [])];
  return { items, waiting: here.loading || people.loading || asked !== typed.trim() };
}

function Option({ item, id, chosen, onChoose, onGo }) {
  return html`
    <div
      id=${id}
      role="option"
      class="palette-item"
      aria-selected=${String(chosen)}
      data-t="palette.item"
      onMouseMove=${onChoose}
      onClick=${() => onGo(item)}
    >
      <${Icon} name=${item.icon} />
      <span class="palette-text">${item.text}</span>
      ${item.about && html`<span class="palette-about">${item.about}</span>`}
    </div>
  `;
}

export function Palette({ onClose }) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { items, waiting } = useItems(typed);
  const place = Math.min(at, items.length - 1);
  const nameOf = (index) => `${id}-${index}`;
  useEffect(() => document.getElementById(nameOf(place))?.scrollIntoView({ block: "nearest" }), [place]);
  const go = (item) => {
    onClose();
    navigate(item.href);
  };
  const keys = (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length > 0) setAt((place + step + items.length) % items.length);
    else if (event.key === "Enter" && items[place] && !(waiting && items.length === 0)) go(items[place]);
    else return;
    event.preventDefault();
  };
  const groups = [...new Set(items.map((item) => item.group))];
  return html`
    <${Dialog} title=${t("palette.title")} onClose=${onClose} hook="palette">
      <input
        type="text"
        role="combobox"
        data-first
        data-t="palette.search"
        autocomplete="off"
        spellcheck="false"
        maxlength="200"
        placeholder=${t("palette.hint")}
        aria-label=${t("palette.label")}
        aria-expanded="true"
        aria-controls=${`${id}-list`}
        aria-activedescendant=${items.length > 0 ? nameOf(place) : null}
        value=${typed}
        onKeyDown=${keys}
        onInput=${(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
      />
      <div class="palette-list" id=${`${id}-list`} role="listbox" aria-label=${t("palette.title")}>
        ${groups.map(
          (group) => html`
            <div key=${group} role="group" aria-labelledby=${`${id}-${group}`}>
              <p class="palette-group" id=${`${id}-${group}`}>${t(`palette.${group}`)}</p>
              ${items.map(
                (item, index) =>
                  item.group === group &&
                  html`
                    <${Option}
                      key=${item.href}
                      item=${item}
                      id=${nameOf(index)}
                      chosen=${index === place}
                      onChoose=${() => setAt(index)}
                      onGo=${go}
                    />
                  `,
              )}
            </div>
          `,
        )}
      </div>
      <p class=${items.length > 0 ? "off-screen" : "faint"} role="status" data-t="palette.status">
        ${waiting ? t("loading") : items.length === 0 ? t("people.none-found") : t("palette.count", { n: items.length })}
      </p>
    <//>
  `;
}
