// A list that is asked for page by page, with its filters, order and place in the address.
import { html, useEffect } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { get } from "./api.js";
import { useLoad } from "./load.js";
import { Empty } from "./feedback.js";
import { asked, useQuery, useSettled } from "./query.js";

export const startOf = (query) => Math.max(1, Math.floor(Number(query.start)) || 1);

// A page behind the end, after deleting or by an old link, leads to the last one.
export function useLastPage({ value }, field, start, page, turn) {
  useEffect(() => {
    if (value && value[field].length === 0 && value.total > 0 && start > 1)
      turn(Math.floor((value.total - 1) / page) * page + 1);
  }, [value]);
}

// `names` are the filters among the parameters of `usual`; `held` are values the address cannot change;
// `version` is any value that changes when the list should be read again.
export function useListing({ path, field, usual, names, held = {}, page, version }) {
  const [query, set] = useQuery(usual);
  const values = { ...query, ...held };
  const filters = asked(Object.fromEntries(names.map((name) => [name, values[name]])), { node: "node_id" });
  const start = startOf(query);
  const settledVersion = useSettled(version);
  const ask = (from, count) =>
    get(`${path}?${filters}${filters && "&"}${asked({ sort: query.sort, order: query.order, start: from, count })}`);
  const list = useLoad(() => ask(start, page), [filters, query.sort, query.order, start, settledVersion], true);
  const turn = (next) => set({ start: String(next) });
  useLastPage(list, field, start, page, (last) => set({ start: String(last) }, { replace: true }));
  const filtered = names.some((name) => query[name] !== "");
  const clear = () => set(Object.fromEntries(names.map((name) => [name, ""])));
  return { query, set, filters, start, ask, list, turn, filtered, clear };
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
