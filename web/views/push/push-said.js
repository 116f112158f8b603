// What a source, a guard or a target said, in the console's language: the server sends English words and how else they are said.
import { html, signal } from "../../vendor/preact-htm.js";
import { language, load } from "../../lib/i18n.js";
import { sentence } from "./push-words.js";

const templates = signal(null);
let asked = false;

async function ask() {
  if (asked) return;
  asked = true;
  try {
    templates.value = await load("push.ja");
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
    ask();
    const words = inJapanese(said);
    if (words) return whole && !/[。！？]$/.test(words) ? `${words}。` : words;
  }
  return html`<span lang="en">${whole ? sentence(text) : text}</span>`;
}
