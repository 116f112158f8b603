// An accessible tree (WAI-ARIA tree view): arrows, Home/End, type-ahead, * to open all; Enter or click chooses.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact-htm.js";
import { t, language } from "./i18n.js";
import { Icon } from "./icons.js";

// Flat nodes → rows in display order with their depth; children sorted by name.
export function treeRows(nodes, closed = new Set(), collation = "en") {
  const compare = new Intl.Collator(collation, { numeric: true }).compare;
  const children = new Map();
  for (const node of nodes) children.set(node.parent_id, [...(children.get(node.parent_id) ?? []), node]);
  const rows = [];
  const walk = (parent, depth) => {
    const here = (children.get(parent) ?? []).sort((a, b) => compare(a.name, b.name));
    here.forEach((node, i) => {
      const open = children.has(node.node_id) ? !closed.has(node.node_id) : null;
      rows.push({ node, depth, open, place: i + 1, size: here.length });
      if (open) walk(node.node_id, depth + 1);
    });
  };
  walk(null, 1);
  return rows;
}

export function Tree({ nodes, chosen, onChoose, label, hook, children: extra }) {
  const [closed, setClosed] = useState(() => new Set());
  const [focus, setFocus] = useState(chosen ?? null);
  const list = useRef(null);
  const typed = useRef({ text: "", at: 0 });
  const rows = useMemo(() => treeRows(nodes, closed, language.value), [nodes, closed, language.value]);
  const at = Math.max(
    0,
    rows.findIndex((row) => row.node.node_id === focus),
  );
  useEffect(() => {
    if (chosen) setFocus(chosen);
  }, [chosen]);

  const go = (index) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    setFocus(row.node.node_id);
    list.current.querySelector(`[data-node="${row.node.node_id}"]`)?.focus();
  };
  const fold = (id, shut) =>
    setClosed((old) => {
      const next = new Set(old);
      if (shut) next.add(id);
      else next.delete(id);
      return next;
    });
  const typeAhead = (key) => {
    const now = Date.now();
    typed.current = { text: now - typed.current.at < 700 ? typed.current.text + key : key, at: now };
    const wanted = typed.current.text.toLowerCase();
    const from = wanted.length === 1 ? at + 1 : at;
    const order = [...rows.slice(from), ...rows.slice(0, from)];
    const hit = order.find((row) => row.node.name.toLowerCase().startsWith(wanted));
    if (hit) go(rows.indexOf(hit));
  };
  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[at];
    const acts = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row.open === false ? fold(row.node.node_id, false) : row.open && go(at + 1)),
      ArrowLeft: () =>
        row.open
          ? fold(row.node.node_id, true)
          : go(rows.findIndex((other) => other.node.node_id === row.node.parent_id)),
      "*": () => setClosed(new Set()),
      Enter: () => onChoose(row.node),
      " ": () => onChoose(row.node),
    };
    const act = acts[event.key] ?? (event.key.length === 1 ? () => typeAhead(event.key) : null);
    if (!act) return;
    event.preventDefault();
    act();
  };

  return html`
    <ul class="tree" role="tree" aria-label=${label} ref=${list} onKeyDown=${keys}>
      ${rows.map(
        (row, i) => html`
          <li
            key=${row.node.node_id}
            role="treeitem"
            aria-level=${row.depth}
            aria-posinset=${row.place}
            aria-setsize=${row.size}
            aria-expanded=${row.open === null ? null : String(row.open)}
            aria-selected=${row.node.node_id === chosen ? "true" : "false"}
            tabindex=${i === at ? 0 : -1}
            class=${`tree-row depth-${Math.min(row.depth, 8)}`}
            data-node=${row.node.node_id}
            data-t=${hook}
            onClick=${() => onChoose(row.node)}
            onFocus=${() => setFocus(row.node.node_id)}
          >
            <span
              class=${row.open === null ? "twist none" : row.open ? "twist open" : "twist"}
              title=${row.open === null ? null : t("tree.fold")}
              onClick=${(event) => {
                if (row.open !== null) {
                  event.stopPropagation();
                  fold(row.node.node_id, row.open);
                }
              }}
            >
              <${Icon} name="right" small=${true} />
            </span>
            <span class="tree-name">${row.node.name}</span>
            ${extra?.(row.node)}
          </li>
        `,
      )}
    </ul>
  `;
}
