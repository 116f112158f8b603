// The live list of captured requests: search and filters, pause, unread marks, and a selection to export.
import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { ahead } from "../../lib/ahead.js";
import { useLiveRequests } from "../../lib/live.js";
import { announce } from "../../lib/announce.js";
import { Empty, ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { NoneFound } from "../../lib/listing.js";
import { queryString, useQuery } from "../../lib/query.js";
import { columnTexts } from "../../lib/plain-table.js";
import { Windowed } from "./windowed.js";
import { ClearRequests, Kept } from "./request-kept.js";
import { ExportLinks } from "./request-export.js";
import { RequestFilters, FILTERS } from "./request-filters.js";
import { wordsReady } from "./request-ja.js";
import { RequestRow } from "./request-row.js";
import { seen } from "./request-seen.js";

const PAGE = 50;
const OLDER = 200;
// Rows that are shown at most while they arrive live; older ones come back on request.
const MOST = 10_000;

const merged = (newer, older) => {
  const there = new Set(newer.map((one) => one.request_id));
  return [...newer, ...older.filter((one) => !there.has(one.request_id))];
};

// The list under filters: `rows` is null until it is read; `fresh` are those that arrived while it was paused.
function useRequests(filters) {
  const list = `/requests?${filters}${filters && "&"}limit=${PAGE}`;
  // What came along with the page, and the newest of it, from which the stream goes on.
  const begun = useState(() => ahead(list))[0];
  const since = useRef(begun && { filters, id: begun.requests[0]?.request_id ?? "" });
  const [state, setState] = useState({
    rows: begun?.requests ?? null,
    next: begun?.next ?? null,
    fresh: [],
    error: null,
    dropped: begun?.dropped ?? 0,
  });
  const [spoken, setSpoken] = useState(!begun);
  useEffect(() => void wordsReady().then(() => setSpoken(true)), []);
  const [live, setLive] = useState(true);
  const [busy, setBusy] = useState(false);
  const round = useRef(0);
  const read = async () => {
    const mine = ++round.current;
    try {
      await wordsReady();
      const page = await get(list);
      if (mine !== round.current) return;
      // What was already shown stays; a list that ended before may go on now.
      setState((old) => ({
        rows: old.rows && live ? merged(page.requests, old.rows).slice(0, MOST) : (old.rows ?? page.requests),
        next: old.rows ? old.next : page.next,
        fresh:
          live || !old.rows
            ? []
            : page.requests.filter((one) => !old.rows.some((row) => row.request_id === one.request_id)),
        error: null,
        dropped: page.dropped,
      }));
    } catch (error) {
      if (mine === round.current) setState((old) => ({ ...old, error }));
    }
  };
  const forget = () => setState((old) => ({ rows: null, next: null, fresh: [], error: null, dropped: old.dropped }));
  useEffect(() => {
    if (since.current?.filters !== filters) forget();
  }, [filters]);
  const goOn = () => {
    const known = since.current;
    since.current = null;
    return known?.filters === filters ? known.id : null;
  };
  useLiveRequests(filters, goOn, read, (arrived, dropped) => {
    const newest = [...arrived].reverse();
    setState((old) => {
      if (!old.rows) return old;
      if (!live) return { ...old, dropped, fresh: merged(newest, old.fresh).slice(0, MOST) };
      return { ...old, dropped, rows: merged(newest, old.rows).slice(0, MOST) };
    });
  });
  const show = () => setState((old) => ({ ...old, rows: merged(old.fresh, old.rows ?? []).slice(0, MOST), fresh: [] }));
  const more = async () => {
    setBusy(true);
    try {
      const page = await get(`/requests?${filters}${filters && "&"}limit=${OLDER}&after=${state.next}`);
      setState((old) => ({ ...old, rows: merged(old.rows, page.requests), next: page.next, error: null }));
    } catch (error) {
      setState((old) => ({ ...old, error }));
    } finally {
      setBusy(false);
    }
  };
  const toggle = () => {
    if (!live) show();
    setLive(!live);
  };
  const cleared = () => {
    forget();
    read();
  };
  return { ...state, value: spoken ? state.rows : null, live, toggle, show, more, busy, reload: read, cleared };
}

// New rows are read out in batches, never one by one.
function useSpokenNews(rows) {
  const known = useRef(null);
  useEffect(() => {
    if (!rows) {
      known.current = null;
      return undefined;
    }
    const newest = rows[0]?.request_id;
    if (known.current === null) {
      known.current = newest ?? "";
      return undefined;
    }
    const timer = setTimeout(() => {
      const count = rows.findIndex((one) => one.request_id === known.current);
      known.current = newest ?? "";
      if (count > 0) announce(t("request.news", { n: count }), { visible: false });
    }, 1500);
    return () => clearTimeout(timer);
  }, [rows]);
}

function Rows({ list, picked, setPicked, connection }) {
  const rows = list.value;
  const exchanges = connection?.exchanges ?? [];
  const known = ({ request_id: id, at, path }) =>
    exchanges.find((one) => (one.request_id ? one.request_id === id : one.at === at && one.path === path));
  const pick = (id) => () => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  return html`
    <div class="table-frame dense requests" tabindex="0" role="region" aria-label=${t("nav.requests")}>
      <table>
        <thead>
          <tr>
            <th scope="col" class="pick"><span class="off-screen">${t("request.pick-column")}</span></th>
            ${columnTexts(["time", "what", "status", "duration", "from"]).map((text) => html`<th key=${text} scope="col">${text}</th>`)}
          </tr>
        </thead>
        <${Windowed}
          rows=${rows}
          columns=${6}
          row=${(request) => html`
            <${RequestRow}
              key=${request.request_id}
              request=${request}
              unread=${!seen(request)}
              picked=${picked.has(request.request_id)}
              pick=${pick(request.request_id)}
              exchange=${known(request)}
              connection=${connection}
            />
          `}
        />
      </table>
    </div>
  `;
}

// `connection` limits the list to one connection and is told in the empty list.
export function RequestList({ connection, empty }) {
  const [query, set] = useQuery({ ...FILTERS, node: "" });
  const own = connection ? { scim_id: connection.scim_id } : { node: query.node };
  const asked = { ...query, ...own };
  const filters = queryString(connection ? { ...asked, node: "" } : asked, { node: "node_id" });
  const list = useRequests(filters);
  const [picked, setPicked] = useState(new Set());
  useSpokenNews(list.value);
  useEffect(() => setPicked(new Set()), [filters]);
  const filtered = Object.keys({ ...FILTERS, node: "" }).some((name) => query[name]);
  const clear = () => set({ ...FILTERS, node: "" });
  const ids = (list.value ?? []).map((one) => one.request_id).filter((id) => picked.has(id));
  return html`
    <${RequestFilters} query=${query} set=${set} withNode=${!connection} list=${list} />
    ${
      list.fresh.length > 0 &&
      html`
      <p class="centred-line" role="status">
        <button type="button" class="button small" data-t="requests.fresh" onClick=${list.show}>
          ${t("requests.fresh", { n: list.fresh.length })}
        </button>
      </p>
    `
    }
    ${
      list.dropped > 0 &&
      html`<${Notice} kind="warn" hook="requests.dropped"><p>${t("requests.dropped", { n: list.dropped })}</p><//>`
    }
    ${ids.length > 0 && html`<${ExportLinks} ids=${ids} onClear=${() => setPicked(new Set())} />`}
    ${list.value !== null && list.error && html`<${ErrorNotice} error=${list.error} />`}
    <${Loaded} of=${{ ...list, error: list.value === null ? list.error : null }} lines=${8} hook="requests">
      ${(rows) =>
        rows.length > 0
          ? html`<${Rows} list=${list} picked=${picked} setPicked=${setPicked} connection=${connection} />`
          : filtered
            ? html`<${NoneFound} q=${query.q} onClear=${clear} hook="requests" />`
            : html`<${Empty} icon="requests" title=${t("requests.empty-title")} text=${empty} hook="requests.empty" />`}
    <//>
    ${
      list.value?.length > 0 &&
      html`
      <div class="pager">
        <p class="faint" data-t="requests.shown">${t(list.next ? "requests.shown" : "requests.shown-all", { n: list.value.length })}</p>
        ${
          list.next &&
          html`
          <button type="button" class="button" aria-busy=${list.busy ? "true" : null} data-t="requests.more" onClick=${list.more}>
            ${t("requests.more")}
          </button>
        `
        }
        <${ClearRequests} connection=${connection} onCleared=${list.cleared} />
      </div>
    `
    }
    <${Kept} connection=${connection} count=${list.value?.length} />
  `;
}
