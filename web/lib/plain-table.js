// A table without order, pages or selection: a named region that scrolls when the window is narrow.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";

export function columnTexts(names) {
  return names.map((name) => t(`column.${name}`));
}

// The heading of the column that holds the buttons of each row: read out, not shown.
export function ActsHeading() {
  return html`<th scope="col"><span class="off-screen">${t("column.acts")}</span></th>`;
}

// `children` are the rows; `lang` is theirs when it is not the console's.
export function PlainTable({ label, headings, acts = false, lang, children }) {
  return html`
    <div class="table-frame" tabindex="0" role="region" aria-label=${label}>
      <table>
        <thead>
          <tr>
            ${headings.map((heading) => html`<th key=${heading} scope="col">${heading}</th>`)}
            ${acts && html`<${ActsHeading} />`}
          </tr>
        </thead>
        <tbody lang=${lang}>${children}</tbody>
      </table>
    </div>
  `;
}
