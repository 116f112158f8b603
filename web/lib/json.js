// Shows a JSON value readably: indented, names and kinds of values told apart, every part a text node.
import { html } from "../vendor/preact-htm.js";

const PARTS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g;

export function Json({ value, label, hook }) {
  const text = JSON.stringify(value, null, 2);
  const shown = [];
  let at = 0;
  for (const part of text.matchAll(PARTS)) {
    const [whole, quoted, colon] = part;
    shown.push(text.slice(at, part.index));
    const kind = colon ? "json-name" : quoted ? "json-text" : "json-word";
    shown.push(html`<span class=${kind}>${colon ? quoted : whole}</span>`, colon ?? "");
    at = part.index + whole.length;
  }
  shown.push(text.slice(at));
  return html`
    <pre class="json" tabindex="0" role="region" aria-label=${label} data-t=${hook} translate="no">${shown}</pre>
  `;
}
