// Speaks English or Japanese: loads the catalogues, fills in placeholders, and formats numbers and times.
import { signal } from "../vendor/preact-htm.js";

const LANGUAGES = ["en", "ja"];
const catalogues = {};
export const language = signal("en");

function firstChoice() {
  const stored = remembered("scimbox.language");
  if (LANGUAGES.includes(stored)) return stored;
  for (const wish of navigator.languages ?? []) {
    const name = wish.slice(0, 2).toLowerCase();
    if (LANGUAGES.includes(name)) return name;
  }
  return "en";
}

export function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is blocked: the choice lasts until the page is closed.
  }
}

// A file of this version of the console.
export const file = (path) => fetch(new URL(`../${path}`, import.meta.url));

// A catalogue by its name, fetched once.
export async function load(name) {
  if (!catalogues[name]) {
    const answer = await file(`i18n/${name}.json`);
    if (!answer.ok) throw new Error(`catalogue ${name}: ${answer.status}`);
    catalogues[name] = await answer.json();
  }
  return catalogues[name];
}

export async function startLanguage() {
  await switchLanguage(firstChoice(), false);
}

export async function switchLanguage(name, keep = true) {
  await load(name);
  if (keep) remember("scimbox.language", name);
  document.documentElement.lang = name;
  language.value = name;
}

function lookUp(key) {
  return catalogues[language.value]?.[key];
}

export function known(key) {
  return lookUp(key) !== undefined;
}

// The keys that begin so.
export const keysUnder = (start) =>
  Object.keys(catalogues[language.value] ?? {}).filter((key) => key.startsWith(start));

// Text of a key; `{name}` is replaced from `values`. With a number in `values.n`, `key.one` is preferred for the singular.
export function t(key, values = {}) {
  let text;
  if (typeof values.n === "number" && new Intl.PluralRules(language.value).select(values.n) === "one")
    text = lookUp(`${key}.one`);
  text ??= lookUp(key) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined || value === null) return whole;
    return typeof value === "number" ? number(value) : String(value);
  });
}

export function number(value) {
  return new Intl.NumberFormat(language.value).format(value);
}

export function mebibytes(bytes) {
  return t("backups.mib", { n: number(Math.max(0.1, Math.round(bytes / 104857.6) / 10)) });
}

export function clock(time) {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", hour12: false }).format(
    new Date(time),
  );
}

export function dateTime(time) {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(
    new Date(time),
  );
}

export function day(time) {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium" }).format(new Date(time));
}

const STEPS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

export function ago(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return t("time.just-now");
}

export function errorText(error) {
  const key = `error.${error.code}`;
  if (!known(key)) return error.message;
  const reason = error.detail?.reason && `${key}.${error.detail.reason}`;
  return t(reason && known(reason) ? reason : key, { n: error.detail?.retry_after, ...error.detail });
}
