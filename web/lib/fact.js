// A name and its value in a list of facts (`dl.facts`).
import { html } from "../vendor/preact-htm.js";

export function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}
