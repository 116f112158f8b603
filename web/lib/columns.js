// Which columns of a list are shown: the reader chooses, and this browser remembers.
import { html, useState } from "../vendor/preact-htm.js";
import { remember, remembered, t } from "./i18n.js";
import { useMenu } from "./menu.js";

// `columns` are { name, sort, cell, kind, always, extra }: `cell(row)` is what a cell shows and `kind` its class; an `always`
// one heads the row and cannot be hidden, an `extra` one is hidden at first.
export function useColumns(list, columns) {
  const key = `scimbox.columns.${list}`;
  const [names, setNames] = useState(() => {
    const kept = remembered(key);
    return kept === null ? columns.filter((one) => !one.extra).map((one) => one.name) : kept.split(",");
  });
  const toggle = (name) => {
    const next = names.includes(name) ? names.filter((one) => one !== name) : [...names, name];
    setNames(next);
    remember(key, next.join(","));
  };
  const shown = columns.filter((one) => one.always || names.includes(one.name));
  return {
    choices: columns.filter((one) => !one.always),
    names,
    toggle,
    headings: shown.map(({ name, sort }) => (sort ? [name, sort] : name)),
    cells: (row) =>
      shown.map(({ name, kind, always, cell }) =>
        always
          ? html`<th key=${name} scope="row">${cell(row)}</th>`
          : html`<td key=${name} class=${kind} data-label=${t(`column.${name}`)}>${cell(row)}</td>`,
      ),
  };
}

// One line of a text that may be long; the whole is its tooltip.
export function Clipped({ text }) {
  return html`<span class="clipped" title=${text}>${text || "–"}</span>`;
}

export function ColumnChooser({ of: { choices, names, toggle }, hook }) {
  const { ref, keys } = useMenu();
  return html`
    <details class="menu columns" ref=${ref} onKeyDown=${keys}>
      <summary class="button" data-t=${`${hook}.columns`}>${t("list.columns")}</summary>
      <fieldset class="menu-list">
        <legend class="off-screen">${t("list.columns")}</legend>
        ${choices.map(
          ({ name }) => html`
            <label key=${name} class="column-choice">
              <input
                type="checkbox"
                checked=${names.includes(name)}
                data-t=${`${hook}.column-${name}`}
                onChange=${() => toggle(name)}
              />
              ${t(`column.${name}`)}
            </label>
          `,
        )}
      </fieldset>
    </details>
  `;
}
