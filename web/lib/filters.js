// The row of filters above a list: a search that waits for the last key, and selections.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { Field } from "./fields.js";
import { useDebouncedInput } from "./query.js";

export function SearchFilter({ label, value, onValue, hook }) {
  const [typed, setTyped] = useDebouncedInput(value, onValue);
  return html`
    <${Field} label=${label}>
      ${(inputProps) => html`
        <input
          type="search"
          ...${inputProps}
          value=${typed}
          maxlength="200"
          data-t=${hook}
          onKeyDown=${(event) => event.key === "Enter" && event.preventDefault()}
          onInput=${(event) => setTyped(event.currentTarget.value)}
        />
      `}
    <//>
  `;
}

// `options` are [value, word]; the empty value stands first and means all.
export function SelectFilter({ label, value, onValue, options, hook }) {
  return html`
    <${Field} label=${label}>
      ${(inputProps) => html`
        <select
          ...${inputProps}
          value=${value}
          data-t=${hook}
          onChange=${(event) => onValue(event.currentTarget.value)}
        >
          <option value="" selected=${value === ""}>${t("filter.all")}</option>
          ${options.map(
            ([own, word]) => html`<option key=${own} value=${own} selected=${own === value}>${word}</option>`,
          )}
        </select>
      `}
    <//>
  `;
}

export function NodeFilter({ nodes, value, onValue, hook }) {
  return html`
    <${SelectFilter}
      label=${t("people.node")}
      value=${value}
      onValue=${onValue}
      hook=${hook}
      options=${nodes.map((node) => [String(node.node_id), node.path])}
    />
  `;
}
