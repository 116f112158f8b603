// Follows captured requests by server-sent events, under the filters of a list, and reopens the stream when it breaks.
import { useEffect, useRef } from "../vendor/preact-htm.js";
import { reconnects, session } from "./api.js";

const RETRY_MS = 3000;

// `onReady()` when a list that is read now misses nothing; `onRequests(list, dropped)` with newer ones, oldest first.
export function useLiveRequests(filters, onReady, onRequests) {
  const calls = useRef();
  calls.current = { onReady, onRequests };
  const again = reconnects.value;
  const csrf = session.value?.csrf;
  useEffect(() => {
    let source;
    let timer;
    let left = false;
    const open = () => {
      source = new EventSource(`/api/v1/requests/live?${filters}`);
      source.addEventListener("ready", () => calls.current.onReady());
      source.addEventListener("requests", (event) => {
        const { requests, dropped } = JSON.parse(event.data);
        calls.current.onRequests(requests, dropped);
      });
      source.onerror = () => {
        source.close();
        // The list says why when it cannot be read either: signed out, or offline.
        calls.current.onReady();
        if (!left) timer = setTimeout(reopen, RETRY_MS);
      };
    };
    const close = () => {
      clearTimeout(timer);
      source?.close();
    };
    // A browser has six connections to a server, so a hidden page holds none and reopens it when it is shown.
    const reopen = () => {
      close();
      if (!document.hidden && !left) open();
    };
    document.addEventListener("visibilitychange", reopen);
    reopen();
    return () => {
      left = true;
      document.removeEventListener("visibilitychange", reopen);
      close();
    };
  }, [filters, again, csrf]);
}
