// Why a request was refused and what to change, in Japanese: a catalogue of its own, because the server says it in English.
import { signal } from "../../vendor/preact-htm.js";
import { language, load } from "../../lib/i18n.js";

const words = signal(null);
let asked = null;

async function ask() {
  try {
    words.value = await load("requests.ja");
  } catch {
    // The English words stay, and the next sentence asks again.
    asked = null;
  }
}

// Before requests are shown, so that none is first told in English.
export async function wordsReady() {
  if (language.value === "ja") await (asked ??= ask());
}

// The first of these keys that has words, with `values` filled in; null in English, and until the catalogue is there.
export function inJapanese(keys, values = {}) {
  if (language.value !== "ja") return null;
  wordsReady();
  const found = keys.map((key) => words.value?.[key]).find(Boolean);
  return found?.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) ?? null;
}
