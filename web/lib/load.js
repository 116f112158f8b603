// Loads a value for a view and says whether it is there yet, failed, or is being loaded again.
import { useState, useEffect, useRef, useCallback } from "../vendor/preact-htm.js";
import { reconnects } from "./api.js";

// With `keep`, the old value stays visible while the next one loads. `begun` gives the first value, if it is there already.
export function useLoad(fetchValue, dependencies, keep = false, begun = () => null) {
  const [state, setState] = useState(() => {
    const value = begun() ?? null;
    return { value, error: null, loading: value === null };
  });
  const round = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++round.current;
    setState((old) => ({ ...old, loading: true }));
    try {
      const value = await fetchValue();
      if (mine === round.current) setState({ value, error: null, loading: false });
    } catch (error) {
      if (mine === round.current) setState((old) => ({ ...old, error, loading: false }));
    }
  }, dependencies);
  // Takes a value, or a function from the shown value to the next.
  const set = useCallback((next) => {
    round.current += 1;
    setState((old) => ({ value: typeof next === "function" ? next(old.value) : next, error: null, loading: false }));
  }, []);
  const again = reconnects.value;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && !keep) setState((old) => ({ ...old, value: null }));
    const isThere = first.current && state.value !== null;
    first.current = false;
    if (!isThere) reload();
    return () => {
      round.current += 1;
    };
  }, dependencies);
  useEffect(() => {
    if (again > 0) reload();
  }, [again]);
  return { ...state, reload, set };
}

// Runs an act (a POST, a PATCH …), never twice at the same time, and keeps its error for display.
export function useAct(act) {
  const [state, setState] = useState({ busy: false, error: null });
  const busy = useRef(false);
  const run = async (...values) => {
    if (busy.current) return undefined;
    busy.current = true;
    setState({ busy: true, error: null });
    try {
      const result = await act(...values);
      setState({ busy: false, error: null });
      return result;
    } catch (error) {
      setState({ busy: false, error });
      return undefined;
    } finally {
      busy.current = false;
    }
  };
  return { ...state, run, clear: () => setState({ busy: false, error: null }) };
}
