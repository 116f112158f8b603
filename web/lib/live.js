// Follows one connection by server-sent events, and reads it again when the stream breaks.
import { useEffect } from "../vendor/preact-htm.js";
import { get, reconnects, session } from "./api.js";

const RETRY_MS = 4000;

// Calls `onConnection(connection)` at once and on every change, until the view is unmounted.
export function useLive(scimId, onConnection) {
  const again = reconnects.value;
  const csrf = session.value?.csrf;
  useEffect(() => {
    if (!scimId) return undefined;
    let source;
    let timer;
    let left = false;
    const open = () => {
      source = new EventSource(`/api/v1/connections/${scimId}/live`);
      source.addEventListener("connection", (event) => onConnection(JSON.parse(event.data)));
      source.onerror = () => {
        source.close();
        if (left) return;
        timer = setTimeout(async () => {
          try {
            const connection = await get(`/connections/${scimId}`);
            if (left) return;
            onConnection(connection);
            reopen();
          } catch {
            // Signed out or offline: the dialog or the banner says so, and this effect runs again afterwards.
          }
        }, RETRY_MS);
      };
    };
    const close = () => {
      clearTimeout(timer);
      source?.close();
    };
    // A browser has six connections to a server, so a hidden page holds none and reopens it when it is shown.
    const reopen = () => {
      close();
      if (!document.hidden) open();
    };
    document.addEventListener("visibilitychange", reopen);
    reopen();
    return () => {
      left = true;
      document.removeEventListener("visibilitychange", reopen);
      close();
    };
  }, [scimId, again, csrf]);
}

const latest = (connection) => new Date(connection.exchanges[0]?.at ?? 0).getTime();

// The answer to a request may arrive after a newer event of the stream; what that event brought is kept.
export function withNewerExchanges(shown, answer) {
  if (!shown || latest(answer) >= latest(shown)) return answer;
  const { exchanges, last_synced, first_request_at, first_write_at } = shown;
  const state = answer.state === "pending" ? shown.state : answer.state;
  return { ...answer, exchanges, last_synced, first_request_at, first_write_at, state };
}
