// Labelled form fields with hint and error wired for screen readers, and fields to copy from.
import { html, useId, useRef, useState } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { announce } from "./announce.js";
import { Icon } from "./icons.js";

export function Field({ label, hint, error, children }) {
  const id = useId();
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${children({ id, "aria-describedby": about, "aria-invalid": error ? "true" : null })}
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      ${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
    </div>
  `;
}

export function TextField({ label, hint, error, value, onValue, hook, ...rest }) {
  return html`
    <${Field} label=${label} hint=${hint} error=${error}>
      ${(inputProps) => html`
        <input
          type="text"
          ...${rest}
          ...${inputProps}
          value=${value}
          data-t=${hook}
          onInput=${(event) => onValue(event.currentTarget.value)}
        />
      `}
    <//>
  `;
}

export function PasswordField({ label, hint, error, value, onValue, hook, ...rest }) {
  const [shown, setShown] = useState(false);
  return html`
    <${Field} label=${label} hint=${hint} error=${error}>
      ${(inputProps) => html`
        <div class="joined">
          <input
            type=${shown ? "text" : "password"}
            spellcheck="false"
            autocapitalize="off"
            ...${rest}
            ...${inputProps}
            value=${value}
            data-t=${hook}
            onInput=${(event) => onValue(event.currentTarget.value)}
          />
          <button
            type="button"
            class="button"
            aria-pressed=${shown ? "true" : "false"}
            aria-label=${t("password.show")}
            data-t=${`${hook}-show`}
            onClick=${() => setShown(!shown)}
          >
            ${shown ? t("act.hide") : t("act.show")}
          </button>
        </div>
      `}
    <//>
  `;
}

export function SelectField({ label, hint, error, value, onValue, hook, options }) {
  return html`
    <${Field} label=${label} hint=${hint} error=${error}>
      ${(inputProps) => html`
        <select
          ...${inputProps}
          value=${value}
          data-t=${hook}
          onChange=${(event) => onValue(event.currentTarget.value)}
        >
          ${options.map(
            ([name, text]) => html`<option key=${name} value=${name} selected=${name === value}>${text}</option>`,
          )}
        </select>
      `}
    <//>
  `;
}

export function CheckField({ label, hint, checked, onValue, hook }) {
  const id = useId();
  return html`
    <div class="check-field">
      <input
        type="checkbox"
        id=${id}
        checked=${checked}
        aria-describedby=${hint ? `${id}-hint` : null}
        data-t=${hook}
        onChange=${(event) => onValue(event.currentTarget.checked)}
      />
      <div><label for=${id}>${label}</label>${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}</div>
    </div>
  `;
}

export function RadioGroup({ legend, name, value, onValue, options, hook, cards = false }) {
  return html`
    <fieldset class=${cards ? "radios cards" : "radios"}>
      <legend>${legend}</legend>
      <div class="radio-list">
        ${options.map(
          ({ value: own, label, hint }) => html`
            <label key=${own} class="radio">
              <input
                type="radio"
                name=${name}
                value=${own}
                checked=${own === value}
                data-t=${`${hook}.${own}`}
                onChange=${() => onValue(own)}
              />
              <span><span class="radio-label">${label}</span>${hint && html`<span class="hint">${hint}</span>`}</span>
            </label>
          `,
        )}
      </div>
    </fieldset>
  `;
}

async function copy(text, source) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context there is no clipboard API; selecting and the old command still work.
    const spot = source?.value === text ? source : document.createElement("textarea");
    if (spot !== source) {
      spot.value = text;
      (document.querySelector("dialog[open]") ?? document.body).append(spot);
    }
    spot.select();
    document.execCommand("copy");
    if (spot !== source) spot.remove();
  }
  announce(t("act.copied"), { visible: false });
}

export function CopyButton({ text, label, word, hook, onCopied, source, plain = false }) {
  const [done, setDone] = useState(false);
  const press = async (event) => {
    const button = event.currentTarget;
    await copy(text, source?.current);
    button.focus();
    setDone(true);
    setTimeout(() => setDone(false), 2000);
    onCopied?.();
  };
  return html`
    <button
      type="button"
      class=${plain ? "icon-button" : "button"}
      aria-label=${label}
      title=${plain ? label : null}
      data-t=${hook}
      onClick=${press}
    >
      <${Icon} name=${done ? "check" : "copy"} />
      ${!plain && html`<span>${done ? t("act.copied") : (word ?? t("act.copy"))}</span>`}
    </button>
  `;
}

// A read-only value with its Copy button.
export function CopyField({ label, hint, value, hook, copyHook, onCopied }) {
  const input = useRef(null);
  return html`
    <${Field} label=${label} hint=${hint}>
      ${(inputProps) => html`
        <div class="joined">
          <input
            ref=${input}
            class="mono"
            readonly
            ...${inputProps}
            value=${value}
            data-t=${hook}
            onFocus=${(event) => event.currentTarget.select()}
          />
          <${CopyButton}
            text=${value}
            label=${t("act.copy-named", { name: label })}
            hook=${copyHook}
            onCopied=${onCopied}
            source=${input}
          />
        </div>
      `}
    <//>
  `;
}

export function CommandLine({ lines, hook }) {
  return html`
    <details class="twin">
      <summary data-t=${hook}>${t("cli.title")}</summary>
      <ul class="command-list">
        ${lines.map(
          (line) => html`
            <li key=${line}>
              <code>${line}</code>
              <${CopyButton}
                plain=${true}
                text=${line}
                label=${t("act.copy-named", { name: line })}
                hook=${`${hook}.copy`}
              />
            </li>
          `,
        )}
      </ul>
    </details>
  `;
}
