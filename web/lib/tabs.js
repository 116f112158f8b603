// Tabs over one panel: arrows walk, and on a narrow window the current tab is scrolled into sight.
import { html, useEffect } from "../vendor/preact-htm.js";
import { number } from "./i18n.js";

// `tabs` are [name, word, count?]; the panel has the id "tab-panel" and is named by `tab-<name>`.
export function Tabs({ label, tabs, current, onChoose, hook }) {
  useEffect(() => {
    const tab = document.getElementById(`tab-${current}`);
    const [own, all] = [tab.getBoundingClientRect(), tab.parentElement.getBoundingClientRect()];
    tab.parentElement.scrollLeft += Math.min(0, own.left - all.left) + Math.max(0, own.right - all.right);
  }, [current]);
  const names = tabs.map(([name]) => name);
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = names[(names.indexOf(current) + step + names.length) % names.length];
    onChoose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${label} onKeyDown=${keys}>
      ${tabs.map(
        ([name, word, count]) => html`
          <button
            key=${name}
            type="button"
            role="tab"
            id=${`tab-${name}`}
            aria-controls="tab-panel"
            aria-selected=${String(name === current)}
            tabindex=${name === current ? 0 : -1}
            data-t=${`${hook}-${name}`}
            onClick=${() => onChoose(name)}
          >
            ${word}
            ${count !== undefined && html` <span class="count">${number(count)}</span>`}
          </button>
        `,
      )}
    </div>
  `;
}
