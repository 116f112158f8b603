// Connect: the URL, the token's traces, a test line for curl, and the provider's guide.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { CopyField } from "../../lib/fields.js";
import { Chip } from "../../lib/feedback.js";
import { idpLabels, idpName, idpUrl } from "../../lib/idp.js";
import { SelfTest } from "./self-test.js";
import { Guide } from "./connection-guide.js";

export function Connect({ connection, waiting }) {
  const labels = idpLabels(connection.idp);
  const idp = idpName(connection.idp);
  const shown = connection.tokens.filter((token) => token.state === "live" || token.state === "ending");
  const curl = `curl -H "Authorization: Bearer $SCIM_TOKEN" "${connection.scim_url}/Users?count=1"`;
  return html`
    <h2>${t("connect.title", { idp })}</h2>
    <div class="form">
      <${CopyField}
        label=${labels.url}
        value=${idpUrl(connection)}
        hook="connection.url"
        copyHook="connection.copy-url"
      />
      ${!waiting && html`<${SelfTest} connection=${connection} />`}
      <div class="field">
        <p class="label">${labels.token}</p>
        ${
          shown.length === 0
            ? html`<p class="faint">${t("connect.no-token")}</p>`
            : shown.map(
                (token) => html`
                  <p key=${token.token_id} class="token-trace">
                    <code>${token.start}…${token.last4}</code> <${Chip} state=${token.state} />
                  </p>
                `,
              )
        }
        <p class="hint">${t("connect.token-hint")}</p>
      </div>
      <${CopyField}
        label=${t("connect.curl")}
        hint=${t("connect.curl-hint")}
        value=${curl}
        hook="connection.curl"
        copyHook="connection.copy-curl"
      />
    </div>
    <${Guide} connection=${connection} />
  `;
}
