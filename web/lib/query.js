// Keeps filters, order and page of a list in the address, so that a reload and Back bring the same list again.
import { useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { navigate, route } from "./route.js";

// `defaults` are the parameters with the values they have when the address leaves them out; other parameters stay.
export function useQuery(defaults) {
  const { query } = route.value;
  const values = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, query.get(name) ?? value]));
  const set = (changes, { replace = false } = {}) => {
    const next = new URLSearchParams(location.search);
    // A changed filter or order starts again at the first page.
    const all = "start" in changes || !("start" in defaults) ? changes : { ...changes, start: defaults.start };
    for (const [name, value] of Object.entries(all)) {
      if (value === defaults[name] || value === undefined) next.delete(name);
      else next.set(name, value);
    }
    const text = next.toString();
    navigate(`${location.pathname}${text ? `?${text}` : ""}`, { replace });
  };
  return [values, set];
}

// The parameters that have a value; `names` maps those that the API calls differently.
export function queryString(values, names = {}) {
  const said = Object.entries(values).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  return new URLSearchParams(said.map(([name, value]) => [names[name] ?? name, String(value)])).toString();
}

// The text while it is typed; `onSettled` gets it 250 ms after the last key. Follows `value` when that changes elsewhere.
export function useDebouncedInput(value, onSettled) {
  const [typed, setTyped] = useState(value);
  const handed = useRef(value);
  useEffect(() => {
    if (value === handed.current) return;
    handed.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed.trim() === handed.current) return undefined;
    const timer = setTimeout(() => {
      handed.current = typed.trim();
      onSettled(typed.trim());
    }, 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}

// `value`, once it has not changed for so many milliseconds.
export function useDebounced(value, milliseconds = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
