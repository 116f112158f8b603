// A dialog with a form: fields, the error of the last attempt, and buttons to cancel and to submit.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { Dialog } from "./dialog.js";
import { ErrorNotice } from "./feedback.js";

export function DialogForm({
  title,
  hook,
  onClose,
  act,
  submit,
  submitHook,
  danger,
  ready = true,
  wide = false,
  children,
}) {
  const send = (event) => {
    event.preventDefault();
    if (ready) act.run();
  };
  return html`
    <${Dialog} title=${title} hook=${hook} onClose=${onClose} wide=${wide}>
      <form class="form" onSubmit=${send} noValidate>
        ${children}
        <${ErrorNotice} error=${act.error} hook=${`${hook}.error`} />
        <div class="row end">
          <button type="button" class="button" data-t=${`${hook}.cancel`} onClick=${onClose}>${t("act.cancel")}</button>
          <button
            class=${danger ? "button primary danger" : "button primary"}
            data-t=${submitHook}
            disabled=${!ready}
            aria-busy=${act.busy ? "true" : null}
          >
            ${submit}
          </button>
        </div>
      </form>
    <//>
  `;
}
