// A list that is asked for page by page, with its filters, order and place in the address.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { remember, remembered, t } from "./i18n.js";
import { get } from "./api.js";
import { useNews } from "./live.js";
import { useLoad } from "./load.js";
import { Empty } from "./feedback.js";
import { queryString, useQuery, useDebounced } from "./query.js";

export const startRow = (query) => Math.max(1, Math.floor(Number(query.start)) || 1);

// Goes to the last page when the address asks for one behind it, as after a deletion or by an old link.
export function useLastPage({ value }, field, start, page, setStart) {
  useEffect(() => {
    if (value && value[field].length === 0 && value.total > 0 && start > 1)
      setStart(Math.floor((value.total - 1) / page) * page + 1);
  }, [value]);
}

export const PAGE_SIZES = [50, 100, 200];

// How many rows a page has, as the reader wants it in every list.
function usePageSize() {
  const [size, setSize] = useState(() => PAGE_SIZES.find((one) => String(one) === remembered("scimbox.rows")) ?? 50);
  const set = (next) => {
    remember("scimbox.rows", String(next));
    setSize(next);
  };
  return [size, set];
}

// `names` are the filters among the parameters of `defaults`; `fixed` are values that override the address;
// a change of `version` reads the list again.
export function useListing({ path, field, defaults, names, fixed = {}, version }) {
  const [query, set] = useQuery(defaults);
  const values = { ...query, ...fixed };
  const filters = queryString(Object.fromEntries(names.map((name) => [name, values[name]])), { node: "node_id" });
  const start = startRow(query);
  const [page, keepPage] = usePageSize();
  const settledVersion = useDebounced(version);
  const fetchRows = (from, count) =>
    get(
      `${path}?${filters}${filters && "&"}${queryString({ sort: query.sort, order: query.order, start: from, count })}`,
    );
  const list = useLoad(
    () => fetchRows(start, page),
    [filters, query.sort, query.order, start, page, settledVersion],
    true,
  );
  const setStart = (next) => set({ start: String(next) });
  useLastPage(list, field, start, page, (last) => set({ start: String(last) }, { replace: true }));
  // The first row that is shown stays on the page.
  const setPage = (next) => {
    keepPage(next);
    setStart(Math.floor((start - 1) / next) * next + 1);
  };
  const filtered = names.some((name) => query[name] !== "");
  const clear = () => set(Object.fromEntries(names.map((name) => [name, ""])));
  return { query, set, filters, start, fetchRows, list, setStart, page, setPage, filtered, clear };
}

// Says how many rows have come since `value` was read; nothing jumps until somebody asks for them. `count` gives their number after
// news, with the numbers that were told.
export function NewRows({ value, count, reload, hook }) {
  const [n, setN] = useState(0);
  useEffect(() => setN(0), [value]);
  useNews(async (told) => {
    try {
      setN(value ? await count(told) : 0);
    } catch {
      // The next news tries again.
    }
  });
  return html`
    <p role="status" class="new-rows">
      ${
        n > 0 &&
        html`
          <button type="button" class="button small" data-t=${`${hook}.new`} onClick=${reload}>
            ${t("list.new", { n })}
          </button>
        `
      }
    </p>
  `;
}

// The same for a list with pages; `numbers` is where the news has the number of all rows, unless the list is filtered.
export function NewOfListing({ listing: { list, filters, fetchRows }, numbers, hook }) {
  const count = async (told) => {
    const total = !filters && numbers ? told[numbers] : (await fetchRows(1, 1)).total;
    return total - list.value.total;
  };
  return html`<${NewRows} value=${list.value} count=${count} reload=${list.reload} hook=${hook} />`;
}

export function NoneFound({ q, onClear, hook }) {
  return html`
    <${Empty}
      icon="search"
      title=${t("people.none-found")}
      text=${q ? t("people.none-found-text", { q }) : t("people.none-match")}
      hook=${`${hook}.none`}
    >
      <button type="button" class="button" data-t=${`${hook}.clear`} onClick=${onClear}>${t("people.clear")}</button>
    <//>
  `;
}
