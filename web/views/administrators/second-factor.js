// One's own second factor: setting it up with an authenticator app, its recovery codes, and removing it.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { factorMissing, get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { Dialog } from "../../lib/dialog.js";
import { ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CopyButton, CopyField } from "../../lib/fields.js";
import { OneTimeCode, OwnPassword } from "../../lib/own-password.js";
import { announce } from "../../lib/announce.js";

function Step({ act, done, submit, ready, danger = false, children }) {
  const send = async (event) => {
    event.preventDefault();
    const result = await act.run();
    if (result !== undefined) done(result);
  };
  return html`
    <form class="form" onSubmit=${send} noValidate>
      ${children}
      <${ErrorNotice} error=${act.error} hook="factor.error" />
      <div class="row end">
        <button
          class=${danger ? "button danger" : "button primary"}
          data-t="factor.submit"
          disabled=${!ready}
          aria-busy=${act.busy ? "true" : null}
        >
          ${submit}
        </button>
      </div>
    </form>
  `;
}

function Begin({ onBegun }) {
  const [password, setPassword] = useState("");
  const act = useAct(() => post("/second-factor", { password }));
  return html`
    <${Step} act=${act} done=${onBegun} submit=${t("factor.begin")} ready=${password !== ""}>
      <p>${t("factor.begin-text")}</p>
      <${OwnPassword} value=${password} onValue=${setPassword} hook="factor.password" />
    <//>
  `;
}

function FirstCode({ begun, onDone }) {
  const [code, setCode] = useState("");
  const act = useAct(() => post("/second-factor/confirm", { code }));
  return html`
    <${Step} act=${act} done=${(done) => onDone(done.recovery_codes)} submit=${t("factor.confirm")} ready=${code !== ""}>
      <p>${t("factor.secret-text")}</p>
      <svg class="qr" viewBox=${`0 0 ${begun.qr.size} ${begun.qr.size}`} role="img" aria-label=${t("factor.qr")} data-t="factor.qr">
        <path d=${begun.qr.path} />
      </svg>
      <${CopyField} label=${t("factor.secret")} value=${begun.secret} hook="factor.secret" copyHook="factor.secret-copy" />
      <p><a href=${begun.address} data-t="factor.address">${t("factor.address")}</a></p>
      <${OneTimeCode} value=${code} onValue=${setCode} data-first inputmode="numeric" hook="factor.code" />
    <//>
  `;
}

function Codes({ codes, onClose }) {
  return html`
    <${Notice} kind="warn" hook="factor.codes-once"><p>${t("factor.codes-text")}</p><//>
    <ul class="plain" data-t="factor.codes">${codes.map((code) => html`<li key=${code}><code>${code}</code></li>`)}</ul>
    <div class="row end">
      <${CopyButton} text=${codes.join("\n")} label=${t("factor.codes-copy")} hook="factor.codes-copy" />
      <button type="button" class="button primary" data-t="factor.close" onClick=${onClose}>${t("factor.kept")}</button>
    </div>
  `;
}

function Remove({ factor, onDone }) {
  const [password, setPassword] = useState("");
  const act = useAct(async () => {
    await post("/second-factor/remove", { password });
    return true;
  });
  return html`
    <${Step} act=${act} done=${onDone} submit=${t("factor.remove")} ready=${password !== ""} danger=${true}>
      <p data-t="factor.on">${t("factor.on", { n: factor.recovery_codes })}</p>
      <${OwnPassword} value=${password} onValue=${setPassword} hook="factor.password" />
    <//>
  `;
}

export function SecondFactorDialog({ onClose }) {
  const now = useLoad(() => get("/second-factor"), []);
  const [begun, setBegun] = useState(null);
  const [codes, setCodes] = useState(null);
  const locked = factorMissing.value;
  const close = () => {
    onClose();
    // What the page could not load before it can now.
    if (locked) window.location.reload();
  };
  const removed = () => {
    onClose();
    announce(t("factor.removed"));
  };
  return html`
    <${Dialog} title=${t("factor.title")} hook="factor" locked=${locked || codes !== null} onClose=${onClose}>
      ${locked && !codes && html`<p>${t("error.SECOND_FACTOR_REQUIRED")}</p>`}
      ${codes && html`<${Codes} codes=${codes} onClose=${close} />`}
      ${begun && !codes && html`<${FirstCode} begun=${begun} onDone=${setCodes} />`}
      ${
        !begun &&
        html`
          <${Loaded} of=${now} hook="factor">
            ${(factor) =>
              factor.on
                ? html`<${Remove} factor=${factor} onDone=${removed} />`
                : html`<${Begin} onBegun=${setBegun} />`}
          <//>
        `
      }
    <//>
  `;
}
