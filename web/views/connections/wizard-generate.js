// Steps 3 and 4 of the wizard: generate the token, hand it over once, save.
import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t, clock } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { CommandLine, CopyButton, CopyField } from "../../lib/fields.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { Icon } from "../../lib/icons.js";
import { idpLabels, idpName, idpUrl, settingText } from "../../lib/idp.js";
import { effectiveSettings } from "../../lib/draft.js";
import { DraftAttempts } from "./wizard-attempts.js";
import { SelfTest } from "./self-test.js";
import { Guide } from "./connection-guide.js";
import { connectionHref, nodeHref } from "../../lib/links.js";

function envFile(connection, token) {
  return `SCIM_URL=${idpUrl(connection)}\nSCIM_TOKEN=${token}\n`;
}

export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function createCommand(node, choices) {
  const flags = [`--node ${node.node_id}`, `--idp ${choices.idp}`, `--preset ${choices.preset}`];
  for (const [name, value] of Object.entries(choices.changed)) {
    if (value === null || value === "") continue;
    const word = typeof value === "boolean" ? (value ? "on" : "off") : value;
    flags.push(`--${name.replace(/_/g, "-")} ${/^[\w.:@-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`}`);
  }
  if (choices.tokenDays) flags.push(`--token-days ${choices.tokenDays}`);
  return `scimbox scim create ${flags.join(" ")}`;
}

// The values to copy into the provider, under the labels the provider uses.
export function TokenFields({ connection, token, hook, onCopied }) {
  const labels = idpLabels(connection.idp);
  return html`
    <${CopyField}
      label=${labels.url}
      value=${idpUrl(connection)}
      hook=${`${hook}.url`}
      copyHook=${`${hook}.copy-url`}
    />
    <${CopyField}
      label=${labels.token}
      hint=${t("wizard.token-once")}
      value=${token}
      hook=${`${hook}.token`}
      copyHook=${`${hook}.copy-token`}
      onCopied=${onCopied}
    />
    <div class="row">
      <${CopyBoth} connection=${connection} token=${token} hook=${hook} onCopied=${onCopied} />
      <button
        type="button"
        class="button"
        data-t=${`${hook}.download`}
        onClick=${() => {
          download("scimbox.env", envFile(connection, token));
          onCopied?.();
        }}
      >
        <${Icon} name="download" />
        ${t("wizard.download")}
      </button>
    </div>
  `;
}

function CopyBoth({ connection, token, hook, onCopied }) {
  const labels = idpLabels(connection.idp);
  return html`
    <${CopyButton}
      text=${`${labels.url}: ${idpUrl(connection)}\n${labels.token}: ${token}`}
      label=${t("wizard.copy-both")}
      word=${t("wizard.copy-both")}
      hook=${`${hook}.copy-both`}
      onCopied=${onCopied}
    />
  `;
}

function Summary({ choices, idps }) {
  const now = effectiveSettings(choices, idps);
  return html`
    <ul class="summary">
      <li><strong>${idpName(choices.idp)}</strong></li>
      <li>${t(`preset.${choices.preset}`)}</li>
      ${["approval", "unique_groups", "role_prefix"].map(
        (name) => html`<li key=${name}>${settingText(name, now[name])}</li>`,
      )}
      <li>${t(`token.expiry.${choices.tokenDays || "none"}`)}</li>
    </ul>
  `;
}

function SaveRow({ token, copied, save }) {
  const [asking, setAsking] = useState(false);
  const safe = useRef(null);
  useEffect(() => safe.current?.focus(), [asking]);
  const press = () => {
    if (token && !copied) setAsking(true);
    else save.run();
  };
  if (asking && !copied) {
    return html`
      <div class="confirm" role="alertdialog" aria-labelledby="not-copied" data-t="wizard.confirm">
        <p id="not-copied"><strong>${t("wizard.not-copied")}</strong> ${t("wizard.not-copied-text")}</p>
        <div class="row end">
          <button type="button" class="button danger" data-t="wizard.save-anyway" onClick=${() => save.run()}>
            ${t("wizard.save-anyway")}
          </button>
          <button
            type="button"
            class="button primary"
            ref=${safe}
            data-t="wizard.go-back"
            onClick=${() => setAsking(false)}
          >
            ${t("wizard.go-back")}
          </button>
        </div>
      </div>
    `;
  }
  return html`
    <button
      type="button"
      class="button primary"
      data-t="wizard.save"
      aria-busy=${save.busy ? "true" : null}
      onClick=${press}
    >
      ${t("act.save")}
    </button>
  `;
}

export function GenerateStep({ node, idps, choices, draft, token, outdated, generate, save, go }) {
  const [copiedToken, setCopiedToken] = useState(null);
  const back = html`
    <button type="button" class="button" data-t="wizard.back" onClick=${() => go(2)}>${t("act.back")}</button>
  `;
  const cli = html`<${CommandLine} hook="wizard.cli" lines=${[createCommand(node, choices)]} />`;
  const exists = generate.error?.code === "METHOD_EXISTS";
  const failed = html`
    <${ErrorNotice} error=${generate.error} hook="wizard.error">
      ${
        exists &&
        html`
          <p>
            <${Link}
              class="button"
              href=${node.connection ? connectionHref(node.connection.scim_id) : nodeHref(node.node_id)}
              data-t="wizard.to-connection"
            >
              ${t("wizard.to-connection")}
            <//>
          </p>
        `
      }
    <//>
    <${ErrorNotice} error=${save.error} hook="wizard.save-error" />
  `;
  if (!draft) {
    return html`
      <section class="card step-panel">
        <h2 tabindex="-1">${t("wizard.generate-title")}</h2>
        ${outdated && html`<${Notice} kind="warn"><p>${t("wizard.outdated")}</p><//>`}
        <p>${t("wizard.generate-text", { node: node.name })}</p>
        <${Summary} choices=${choices} idps=${idps} />
        ${failed}
        <div class="row end">
          ${back}
          <button
            type="button"
            class="button primary"
            data-t="wizard.generate"
            aria-busy=${generate.busy ? "true" : null}
            onClick=${() => generate.run()}
          >
            <${Icon} name="key" />
            ${t("act.generate")}
          </button>
        </div>
        ${cli}
      </section>
    `;
  }
  return html`
    <section class="card step-panel">
      <h2 tabindex="-1">${t("wizard.save-title")}</h2>
      <${Notice} kind="warn" hook="wizard.notice">
        <p><strong>${t("wizard.works-after-save")}</strong> ${t("wizard.test-fails")}</p>
      <//>
      ${
        token
          ? html`
            <${TokenFields} connection=${draft} token=${token} hook="wizard" onCopied=${() => setCopiedToken(token)} />
          `
          : html`
            <${CopyField}
              label=${idpLabels(draft.idp).url}
              value=${draft.scim_url}
              hook="wizard.url"
              copyHook="wizard.copy-url"
            />
            <${Notice} hook="wizard.token-gone">
              <p>${t("wizard.token-gone", { last4: draft.tokens[0]?.last4 ?? "" })}</p>
              <p>
                <button
                  type="button"
                  class="button"
                  data-t="wizard.generate-again"
                  aria-busy=${generate.busy ? "true" : null}
                  onClick=${() => generate.run()}
                >
                  ${t("wizard.generate-again")}
                </button>
              </p>
            <//>
          `
      }
      ${
        draft.draft_expires_at &&
        html`<p class="hint">${t("wizard.draft-until", { time: clock(draft.draft_expires_at) })}</p>`
      }
      <${SelfTest} connection=${draft} />
      <${DraftAttempts} draft=${draft} />
      <details data-t="wizard.guide">
        <summary>${t("guide.show", { idp: idpName(draft.idp) })}</summary>
        <${Guide} connection=${draft} />
      </details>
      ${failed}
      ${
        save.error?.code === "DRAFT_EXPIRED" &&
        token &&
        html`
          <p>
            <button type="button" class="button" data-t="wizard.generate-again" onClick=${() => generate.run()}>
              ${t("wizard.generate-again")}
            </button>
          </p>
        `
      }
      <div class="row end wizard-foot">${back}<${SaveRow} token=${token} copied=${copiedToken === token} save=${save} /></div>
      ${cli}
    </section>
  `;
}
