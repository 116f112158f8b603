// The one event stream of this tab. Views say what they want to hear of; the stream is opened anew when that changes.
import { signal, useEffect, useRef } from "../vendor/preact-htm.js";
import { get, reconnects, session, status } from "./api.js";

const RETRY_MS = 4000;

// Numbers of the whole appliance, as they were told last: { users, teams, pending, event, request }.
export const news = signal(null);

// What the views that are shown want: { scimId, onConnection } or { filters, onReady, onRequests }.
const wanted = new Set();
let source = null;
// What the open stream is about, and the connection that it told last.
let about = null;
let connection = null;
let timer = 0;
let running = false;

const first = (name) => [...wanted].find((one) => one[name] != null)?.[name];

const tell = (name, value) => [...wanted].forEach((one) => one[name]?.(value));

function address() {
  const query = new URLSearchParams();
  const [scimId, filters] = [first("scimId"), first("filters")];
  const since = first("since")?.();
  if (scimId != null) query.set("scim_id", scimId);
  if (filters != null) query.set("requests", filters);
  if (since != null) query.set("since", since);
  return `/api/v1/live?${query}`;
}

const topics = () => JSON.stringify([first("scimId"), first("filters")]);

function close() {
  connection = null;
  clearTimeout(timer);
  source?.close();
  source = null;
}

// After a break: what a view shows is read again, which says why when it cannot be: signed out, or offline.
async function recover() {
  try {
    const scimId = first("scimId");
    // Perhaps it was updated: a banner says so.
    status.value = await get("/status");
    if (scimId != null) tell("onConnection", await get(`/connections/${scimId}`));
    else if (!status.value.signed_in) return;
  } catch {
    // A dialog or a banner says so, and the stream is opened again afterwards.
    return;
  }
  open();
}

function open() {
  close();
  // A browser has six connections to a server, so a hidden page holds none and opens it when it is shown.
  if (!running || document.hidden) return;
  about = topics();
  source = new EventSource(address());
  const hear = (event, then) => source.addEventListener(event, ({ data }) => then(JSON.parse(data)));
  hear("news", (value) => {
    news.value = value;
  });
  hear("connection", (value) => {
    connection = value;
    tell("onConnection", value);
  });
  hear("ready", () => tell("onReady"));
  hear("requests", (value) => tell("onRequests", value));
  source.onerror = () => {
    close();
    tell("onReady");
    timer = setTimeout(recover, RETRY_MS);
  };
}

// As a page goes and the next one comes, once.
function reopen() {
  clearTimeout(timer);
  timer = setTimeout(open);
}

// Keeps the stream open while somebody is signed in; for the frame around all views.
export function useStream() {
  const again = reconnects.value;
  const csrf = session.value?.csrf;
  useEffect(() => {
    running = true;
    document.addEventListener("visibilitychange", open);
    reopen();
    return () => {
      running = false;
      document.removeEventListener("visibilitychange", open);
      close();
    };
  }, [again, csrf]);
}

function useTopic(topic, dependencies) {
  const calls = useRef();
  calls.current = topic;
  useEffect(() => {
    if (!topic) return undefined;
    const { scimId, filters } = topic;
    const through = (name) => (value) => calls.current?.[name]?.(value);
    const one = {
      scimId,
      filters,
      since: topic.since && through("since"),
      onConnection: through("onConnection"),
      onReady: through("onReady"),
      onRequests: through("onRequests"),
    };
    wanted.add(one);
    // Another one who wants to hear of the same connection is told what was told.
    if (source && about === topics() && filters == null) {
      if (connection) one.onConnection(connection);
    } else reopen();
    return () => {
      wanted.delete(one);
      if (about !== topics()) reopen();
    };
  }, dependencies);
}

// Calls `onConnection(connection)` at once and on every change, until the view is unmounted.
export function useLive(scimId, onConnection) {
  useTopic(scimId ? { scimId, onConnection } : null, [scimId]);
}

// `onReady()` when a list that is read now misses nothing; `onRequests(list, dropped)` with newer ones, oldest first. Where `since()`
// gives the newest one that is shown, or "", the list is not read, and what came after it arrives.
export function useLiveRequests(filters, since, onReady, onArrived) {
  const onRequests = ({ requests, dropped }) => onArrived(requests, dropped);
  useTopic({ filters, since, onReady, onRequests }, [filters]);
}

// Calls `onNews(numbers)` after something may have changed, but not for what was known when the view came.
export function useNews(onNews, markOf = ({ event }) => event) {
  const mark = news.value && markOf(news.value);
  const known = useRef(mark);
  useEffect(() => {
    const isNews = known.current !== null && mark !== null && mark !== known.current;
    known.current = mark;
    if (isNews) onNews(news.value);
  }, [mark]);
}

const latest = (connection) => new Date(connection.exchanges[0]?.at ?? 0).getTime();

// The answer to a request may arrive after a newer event of the stream; what that event brought is kept.
export function withNewerExchanges(shown, answer) {
  if (!shown || latest(answer) >= latest(shown)) return answer;
  const { exchanges, last_synced, first_request_at, first_write_at } = shown;
  const state = answer.state === "pending" ? shown.state : answer.state;
  return { ...answer, exchanges, last_synced, first_request_at, first_write_at, state };
}
