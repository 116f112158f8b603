// A modal dialog on the native element: opens at once, closes by Escape or button, gives the focus back.
import { html, useRef, useLayoutEffect, useId } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { Spoken } from "./announce.js";

export function Dialog({ title, onClose, children, hook, wide = false, locked = false }) {
  const ref = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = ref.current;
    dialog.showModal();
    dialog.querySelector("[data-first]")?.focus();
    return () => {
      if (dialog.open) dialog.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    if (!locked) onClose();
  };
  return html`
    <dialog ref=${ref} class=${wide ? "dialog wide" : "dialog"} aria-labelledby=${id} data-t=${hook} onCancel=${cancel}>
      <header class="dialog-head">
        <h2 id=${id}>${title}</h2>
        ${
          !locked &&
          html`
            <button
              type="button"
              class="icon-button"
              aria-label=${t("act.close")}
              data-t=${`${hook}.close`}
              onClick=${onClose}
            >
              <${Icon} name="close" />
            </button>
          `
        }
      </header>
      <div class="dialog-body">${children}</div>
      <${Spoken} />
    </dialog>
  `;
}
