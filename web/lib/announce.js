// One polite live region for the whole console; short messages such as "Copied" also appear as a toast.
import { html, signal } from "../vendor/preact-htm.js";

const spoken = signal("");
const toast = signal("");
let timer;

export function announce(text, { visible = true } = {}) {
  spoken.value = "";
  setTimeout(() => {
    spoken.value = text;
  }, 50);
  if (!visible) return;
  toast.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    toast.value = "";
  }, 3500);
}

// Also rendered inside an open dialog, because everything outside a modal dialog is silent.
export function Spoken() {
  return html`<div class="off-screen" role="status" aria-live="polite">${spoken.value}</div>`;
}

export function Announcer() {
  return html`
    <div><${Spoken} />${toast.value && html`<div class="toast" aria-hidden="true">${toast.value}</div>`}</div>
  `;
}
