// Tests that an identity provider makes before Save: told as they arrive, with the reason why they fail.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { useLive } from "../../lib/live.js";
import { failed } from "../../lib/exchange.js";
import { Attempt } from "./connection-pending.js";

const MOST = 4;

export function DraftAttempts({ draft }) {
  const [connection, setConnection] = useState(draft);
  useLive(draft.scim_id, setConnection);
  const list = (connection.exchanges ?? []).filter(failed).slice(0, MOST);
  return html`
    <div role="status" data-t="wizard.attempts">
      ${
        list.length > 0 &&
        html`
          <h3>${t("wizard.attempts")}</h3>
          <ul class="attempts">
            ${list.map(
              (exchange) =>
                html`<${Attempt} key=${exchange.at + exchange.path} exchange=${exchange} connection=${connection} />`,
            )}
          </ul>
        `
      }
    </div>
  `;
}
