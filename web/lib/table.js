// Tables of long lists: headings that sort, check boxes to select rows over several pages, and the pager below.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { PAGE_SIZES } from "./listing.js";
import { ActsHeading } from "./plain-table.js";

// The API takes no more in one request.
export const MAX_SELECTION = 1000;

// The selected rows by id; cleared when `scope` (the filters) changes.
export function useSelection(scope) {
  const [rows, setRows] = useState(() => new Map());
  const was = useRef(scope);
  useEffect(() => {
    if (was.current !== scope) setRows(new Map());
    was.current = scope;
  }, [scope]);
  const select = (changed, on, idOf) =>
    setRows((old) => {
      const next = new Map(old);
      for (const row of changed) {
        if (on && next.size < MAX_SELECTION) next.set(idOf(row), row);
        else if (!on) next.delete(idOf(row));
      }
      return next;
    });
  return {
    rows,
    select,
    clear: () => setRows(new Map()),
    keep: (wanted) => setRows((old) => new Map([...old].filter(([id]) => wanted.has(id)))),
  };
}

function SortHead({ name, key, query, onQuery, hook }) {
  const here = query.sort === key;
  const order = here ? (query.order === "desc" ? "descending" : "ascending") : null;
  const first = key.endsWith("_at") || key === "members" ? "desc" : "asc";
  const press = () => onQuery({ sort: key, order: here ? (query.order === "desc" ? "asc" : "desc") : first });
  return html`
    <th key=${name} scope="col" aria-sort=${order}>
      <button type="button" class=${here ? "sort here" : "sort"} data-t=${`${hook}.sort-${name}`} onClick=${press}>
        ${t(`column.${name}`)}
        <span class=${order ? `sort-mark ${order}` : "sort-mark"} aria-hidden="true"></span>
      </button>
    </th>
  `;
}

// `columns` are names, or [name, sort key]; `cells(row)` gives the cells; `nameOf(row)` labels the check box. With `cards`
// each row is a card of its own on a narrow window, and its cells have their headings as `data-label`.
export function Table({
  label,
  hook,
  columns,
  rows,
  idOf,
  nameOf,
  cells,
  query,
  onQuery,
  selection,
  acts = false,
  cards = false,
}) {
  const allPicked = selection && rows.every((row) => selection.rows.has(idOf(row)));
  const somePicked = selection && rows.some((row) => selection.rows.has(idOf(row)));
  return html`
    <div class=${cards ? "table-frame dense cards" : "table-frame dense"} tabindex="0" role="region" aria-label=${label}>
      <table>
        <thead>
          <tr>
            ${
              selection &&
              html`
                <th scope="col" class="pick">
                  <input
                    type="checkbox"
                    aria-label=${t("pick.page")}
                    checked=${allPicked}
                    indeterminate=${somePicked && !allPicked}
                    data-t=${`${hook}.pick-page`}
                    onChange=${() => selection.select(rows, !allPicked, idOf)}
                  />
                </th>
              `
            }
            ${columns
              .filter(Boolean)
              .map((column) =>
                Array.isArray(column)
                  ? SortHead({ name: column[0], key: column[1], query, onQuery, hook })
                  : html`<th key=${column} scope="col">${t(`column.${column}`)}</th>`,
              )}
            ${acts && html`<${ActsHeading} />`}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) => html`
              <tr key=${idOf(row)} data-t=${`${hook}.row`} class=${selection?.rows.has(idOf(row)) ? "picked" : null}>
                ${
                  selection &&
                  html`
                    <td class="pick">
                      <input
                        type="checkbox"
                        aria-label=${t("pick.one", { name: nameOf(row) })}
                        checked=${selection.rows.has(idOf(row))}
                        data-t=${`${hook}.pick`}
                        onChange=${(event) => selection.select([row], event.currentTarget.checked, idOf)}
                      />
                    </td>
                  `
                }
                ${cells(row)}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

// With `onPage` the reader chooses how many rows a page has.
export function Pager({ start, page, total, rows, onStart, onPage, hook, atMost = Infinity }) {
  const ref = useRef(null);
  if (rows === 0 && start === 1) return null;
  const end = start + rows - 1;
  const go = (next) => {
    onStart(next);
    const around = ref.current.closest(".card, .dialog-body");
    around?.querySelector(".table-frame")?.scrollTo({ top: 0 });
    around?.scrollIntoView({ block: "start" });
  };
  const range = t(total >= atMost ? "people.range-many" : "people.range", { start, end, total });
  return html`
    <div class="pager" ref=${ref}>
      <p class="faint" role="status" data-t=${`${hook}.range`}>${range}</p>
      <div class="row">
        ${
          onPage &&
          (total > PAGE_SIZES[0] || page !== PAGE_SIZES[0]) &&
          html`
            <label class="page-size">
              <span class="faint">${t("list.rows")}</span>
              <select data-t=${`${hook}.rows`} onChange=${(event) => onPage(Number(event.currentTarget.value))}>
                ${PAGE_SIZES.map((size) => html`<option key=${size} value=${size} selected=${size === page}>${size}</option>`)}
              </select>
            </label>
          `
        }
        <button
          type="button"
          class="button"
          disabled=${start === 1}
          data-t=${`${hook}.previous`}
          onClick=${() => go(Math.max(1, start - page))}
        >
          ${t("people.previous")}
        </button>
        <button
          type="button"
          class="button"
          disabled=${end >= total}
          data-t=${`${hook}.next`}
          onClick=${() => go(start + page)}
        >
          ${t("act.next")}
        </button>
      </div>
    </div>
  `;
}

// Says how many rows are selected and holds the buttons that act on them.
export function SelectionBar({ selection, total, onAll, hook, children }) {
  const place = useRef(null);
  const { size } = selection.rows;
  const before = useRef(size);
  useEffect(() => {
    // The bar disappears with the button that had the focus, so the list takes it.
    if (before.current > 0 && size === 0)
      setTimeout(() => {
        if (document.activeElement === document.body)
          place.current?.parentElement.querySelector(".table-frame")?.focus({ preventScroll: true });
      });
    before.current = size;
  }, [size]);
  const reach = Math.min(total, MAX_SELECTION);
  return html`
    <div class="pick-place" ref=${place}>
      <p class="off-screen" role="status">${size > 0 && t("pick.count", { n: size })}</p>
      ${
        size > 0 &&
        html`
          <div class="pick-bar" role="group" aria-label=${t("pick.label")} data-t=${`${hook}.pick-bar`}>
            <strong data-t=${`${hook}.picked`}>${t("pick.count", { n: size })}</strong>
            ${
              onAll &&
              size < reach &&
              html`
                <button type="button" class="button small" data-t=${`${hook}.pick-all`} onClick=${onAll}>
                  ${t(total > MAX_SELECTION ? "pick.first" : "pick.all", { n: reach })}
                </button>
              `
            }
            <span class="pick-acts">${children}</span>
            <button type="button" class="button small quiet" data-t=${`${hook}.pick-none`} onClick=${selection.clear}>
              ${t("pick.none")}
            </button>
          </div>
        `
      }
    </div>
  `;
}
