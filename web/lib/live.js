// Follows one connection by server-sent events and falls back to asking when the stream breaks.
import { useEffect } from "../vendor/preact-htm.js";
import { get, reconnects, session } from "./api.js";

const RETRY_MS = 4000;

// Calls `arrived(connection)` at once and on every change until the view is left.
export function useLive(scimId, arrived) {
  const again = reconnects.value;
  const csrf = session.value?.csrf;
  useEffect(() => {
    if (!scimId) return undefined;
    let source;
    let timer;
    let left = false;
    const open = () => {
      source = new EventSource(`/api/v1/connections/${scimId}/live`);
      source.addEventListener("connection", (event) => arrived(JSON.parse(event.data)));
      source.onerror = () => {
        source.close();
        if (left) return;
        timer = setTimeout(async () => {
          try {
            const connection = await get(`/connections/${scimId}`);
            if (left) return;
            arrived(connection);
            look();
          } catch {
            // Ended or unreachable: the dialog or the banner speaks, and this effect starts anew afterwards.
          }
        }, RETRY_MS);
      };
    };
    const close = () => {
      clearTimeout(timer);
      source?.close();
    };
    // A browser has six connections to a server, so a page that nobody sees holds none; shown again, it catches up at once.
    const look = () => {
      close();
      if (!document.hidden) open();
    };
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      left = true;
      document.removeEventListener("visibilitychange", look);
      close();
    };
  }, [scimId, again, csrf]);
}

const latest = (connection) => new Date(connection.exchanges[0]?.at ?? 0).getTime();

// An act's answer may arrive after a newer event of the stream; then what arrived meanwhile is kept.
export function newest(shown, answer) {
  if (!shown || latest(answer) >= latest(shown)) return answer;
  const { exchanges, last_synced, first_request_at, first_write_at } = shown;
  const state = answer.state === "pending" ? shown.state : answer.state;
  return { ...answer, exchanges, last_synced, first_request_at, first_write_at, state };
}
