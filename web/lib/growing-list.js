// A list that grows at its end: the newest first, older ones on request.
import { useEffect, useRef, useState } from "../vendor/preact-htm.js";

// `fetchPage(before)` gives { events, next, names }; `names` tells those of ids in the events.
// The list starts again when a dependency changes.
export function useGrowingList(fetchPage, dependencies) {
  const [state, setState] = useState({
    value: null,
    next: null,
    names: {},
    error: null,
    loading: true,
    growing: false,
  });
  const round = useRef(0);
  const read = async (before) => {
    const mine = ++round.current;
    setState((old) => ({ ...old, error: null, loading: !before, growing: Boolean(before) }));
    try {
      const page = await fetchPage(before);
      if (mine !== round.current) return;
      setState((old) => ({
        value: before ? [...old.value, ...page.events] : page.events,
        next: page.next,
        names: { ...(before && old.names), ...page.names },
        error: null,
        loading: false,
        growing: false,
      }));
    } catch (error) {
      if (mine === round.current) setState((old) => ({ ...old, error, loading: false, growing: false }));
    }
  };
  useEffect(() => {
    read(null);
    return () => {
      round.current += 1;
    };
  }, dependencies);
  return { ...state, reload: () => read(null), more: () => read(state.next) };
}
