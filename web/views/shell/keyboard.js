// The keyboard: "g" and a letter go to a page, "/" searches, "?" shows all keys, Ctrl or Cmd with K opens the palette.
import { html, signal, useEffect } from "../../vendor/preact-htm.js";
import { remember, remembered, t } from "../../lib/i18n.js";
import { navigate } from "../../lib/route.js";
import { Dialog } from "../../lib/dialog.js";
import { CheckField } from "../../lib/fields.js";
import { ALL_PAGES } from "./pages.js";
import { Palette } from "./palette.js";

const SEQUENCE_MS = 1500;
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

// "help" or "palette" while that is open.
export const opened = signal(null);

// Somebody who dictates or whose hands slip can switch the single letters off (WCAG 2.2, 2.1.4).
const letters = signal(remembered("scimbox.keys") !== "off");

function switchLetters(on) {
  letters.value = on;
  remember("scimbox.keys", on ? "on" : "off");
}

export const paletteKeys = isMac ? ["⌘", "K"] : ["Ctrl", "K"];

const takesText = (element) => element.closest?.("input, textarea, select, [contenteditable], [role=tree]");

function search() {
  const field = document.querySelector("main input[type=search]");
  if (!field) {
    opened.value = "palette";
    return;
  }
  field.focus();
  field.select();
}

function useKeys() {
  useEffect(() => {
    let since = 0;
    const press = (event) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      const { key } = event;
      if ((isMac ? event.metaKey : event.ctrlKey) && !event.altKey && key.toLowerCase() === "k") {
        event.preventDefault();
        opened.value = "palette";
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || !letters.value || takesText(event.target)) return;
      const page = Date.now() - since < SEQUENCE_MS && ALL_PAGES.find(([, , , letter]) => letter === key);
      since = key === "g" ? Date.now() : 0;
      if (page) navigate(page[0]);
      else if (key === "/") search();
      else if (key === "?") opened.value = "help";
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function Keys({ keys }) {
  return html`<span class="keys">${keys.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</span>`;
}

function Line({ keys, text }) {
  return html`
    <div class="key-line">
      <dt>${text}</dt>
      <dd><${Keys} keys=${keys} /></dd>
    </div>
  `;
}

function Help({ onClose }) {
  return html`
    <${Dialog} title=${t("keys.title")} onClose=${onClose} hook="keys" wide=${true}>
      <div class="key-columns">
        <section>
          <h3>${t("keys.everywhere")}</h3>
          <dl>
            <${Line} keys=${paletteKeys} text=${t("keys.palette")} />
            <${Line} keys=${["/"]} text=${t("keys.search")} />
            <${Line} keys=${["?"]} text=${t("keys.help")} />
            <${Line} keys=${["Esc"]} text=${t("keys.close")} />
          </dl>
          <h3>${t("nav.requests")}</h3>
          <dl><${Line} keys=${[t("keys.space")]} text=${t("keys.pause")} /></dl>
          <h3>${t("nav.nodes")}</h3>
          <dl>
            <${Line} keys=${["↑", "↓", "←", "→"]} text=${t("keys.tree")} />
            <${Line} keys=${["*"]} text=${t("keys.tree-all")} />
          </dl>
        </section>
        <section>
          <h3>${t("keys.pages")}</h3>
          <dl>
            ${ALL_PAGES.map(
              ([href, , name, letter]) => html`<${Line} key=${href} keys=${["g", letter]} text=${t(`nav.${name}`)} />`,
            )}
          </dl>
        </section>
      </div>
      <${CheckField}
        label=${t("keys.letters")}
        hint=${t("keys.letters-text", { keys: paletteKeys.join(" + ") })}
        checked=${letters.value}
        onValue=${switchLetters}
        hook="keys.letters"
      />
    <//>
  `;
}

export function Keyboard() {
  useKeys();
  const close = () => {
    opened.value = null;
  };
  if (opened.value === "help") return html`<${Help} onClose=${close} />`;
  if (opened.value === "palette") return html`<${Palette} onClose=${close} />`;
  return null;
}
