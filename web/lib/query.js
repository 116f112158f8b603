// Keeps filters, order and page of a list in the address, so that a reload and Back bring the same list again.
import { useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { navigate, route } from "./route.js";

// `usual` names the parameters and what they are when the address does not say; what else the address holds stays.
export function useQuery(usual) {
  const { query } = route.value;
  const values = Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, query.get(name) ?? value]));
  const set = (changes, { replace = false } = {}) => {
    const next = new URLSearchParams(location.search);
    // Another filter or order begins at the first page.
    const all = "start" in changes || !("start" in usual) ? changes : { ...changes, start: usual.start };
    for (const [name, value] of Object.entries(all)) {
      if (value === usual[name] || value === undefined) next.delete(name);
      else next.set(name, value);
    }
    const text = next.toString();
    navigate(`${location.pathname}${text ? `?${text}` : ""}`, { replace });
  };
  return [values, set];
}

// The parameters that say something, renamed for the API where its names differ.
export function asked(values, names = {}) {
  const said = Object.entries(values).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  return new URLSearchParams(said.map(([name, value]) => [names[name] ?? name, String(value)])).toString();
}

// What is being typed, handed on a short moment after the last key; follows `value` when that changes elsewhere.
export function useTyped(value, onSettled) {
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

// `value` a short moment after it stopped changing.
export function useSettled(value, milliseconds = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
