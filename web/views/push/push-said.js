// What a source, a guard or a target said, in the console's language: the server sends English words and how else they are said.
import { html, signal } from "../../vendor/preact-htm.js";
import { language } from "../../lib/i18n.js";
import { sentence } from "./push-words.js";

const templates = signal(null);
let asked = false;

async function load() {
  if (asked) return;
  asked = true;
  try {
    const answer = await fetch(new URL("../../i18n/push.ja.json", import.meta.url));
    if (answer.ok) templates.value = await answer.json();
    asked = answer.ok;
  } catch {
    // The English words stay, and the next sentence asks again.
    asked = false;
  }
}

// The words of a sentence in Japanese; nothing where there are none.
function inJapanese(said) {
  const template = said?.code && templates.value?.[said.code];
  if (said?.code === "list") return join(said.params?.items ?? []);
  return template?.replace(/\{(\w+)\}/g, (whole, name) => part(said.params?.[name]) ?? whole);
}

function part(param) {
  if (Array.isArray(param)) return join(param);
  if (param && typeof param === "object") return inJapanese(param) ?? param.text;
  return param;
}

function join(sentences) {
  const words = sentences.map(part);
  return words.join(words.every((one) => one.endsWith("。")) ? "" : "、");
}

// `text` in the console's language, with its own `lang` where it stays English.
export function Said({ text, said, whole = false }) {
  if (language.value === "ja") {
    load();
    const words = inJapanese(said);
    if (words) return whole && !/[。！？]$/.test(words) ? `${words}。` : words;
  }
  return html`<span lang="en">${whole ? sentence(text) : text}</span>`;
}
