// A point in time relative to now; the exact time is its tooltip.
import { html } from "../vendor/preact-htm.js";
import { ago, dateTime } from "./i18n.js";

export function Ago({ at, empty = "–" }) {
  return at ? html`<time datetime=${at} title=${dateTime(at)}>${ago(at)}</time>` : empty;
}
