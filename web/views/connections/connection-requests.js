// The latest exchanges of a connection, newest first.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { Ago } from "../../lib/moment.js";
import { Empty } from "../../lib/feedback.js";
import { causeOf, failed, isDiscovery } from "../../lib/exchange.js";
import { MoveHere } from "./connection-conflict.js";
import { idpName } from "../../lib/idp.js";
import { PlainTable, columnTexts } from "../../lib/plain-table.js";

function Remark({ exchange, connection }) {
  if (failed(exchange)) {
    const cause = causeOf(exchange, connection);
    return html`
      <span lang=${cause.lang}>${cause.text}</span>
      ${exchange.code && html` <code class="code">${exchange.code}</code>`}
      ${exchange.conflict && html`<${MoveHere} conflict=${exchange.conflict} connection=${connection} />`}
    `;
  }
  if (isDiscovery(exchange)) return t("exchange.discovery");
  return html`
    ${exchange.detail && html`<span lang="en">${exchange.detail}</span> `}
    ${
      exchange.request_id &&
      html`
        <${Link} href=${`/ui/audit?request_id=${encodeURIComponent(exchange.request_id)}`} data-t="exchange.audit">
          ${t("requests.changed")}
        <//>
      `
    }
  `;
}

function Relaxations({ codes }) {
  if (codes.length === 0) return null;
  return html`
    <div class="faint" data-t="exchange.relaxations">
      ${t("requests.relaxations")}${" "}
      ${codes.map(
        (code, i) =>
          html`${i > 0 && ", "}<span key=${code}>${t(`relaxation.${code}`)} <code class="code">${code}</code></span>`,
      )}
    </div>
  `;
}

export function Requests({ connection }) {
  const list = connection.exchanges;
  return html`
    <h2>${t("tab.requests")}</h2>
    ${
      list.length === 0
        ? html`
          <${Empty}
            icon="plug"
            title=${t("requests.empty-title")}
            text=${t("requests.empty-text", { idp: idpName(connection.idp) })}
            hook="requests.empty"
          />
        `
        : html`
          <p class="hint">${t("requests.latest")}</p>
          <${PlainTable}
            label=${t("tab.requests")}
            headings=${columnTexts(["time", "request", "status", "from", "remark"])}
          >
            ${list.map(
              (exchange, i) => html`
                <tr key=${exchange.at + i} data-t="exchange.row" data-status=${exchange.status}>
                  <td class="keep"><${Ago} at=${exchange.at} /></td>
                  <td><code><strong>${exchange.method}</strong> ${exchange.path}</code></td>
                  <td>
                    <span class=${failed(exchange) ? "status bad" : "status good"}>${String(exchange.status)}</span>
                  </td>
                  <td>${exchange.from}<br /><span class="faint">${exchange.agent}</span></td>
                  <td>
                    <${Remark} exchange=${exchange} connection=${connection} />
                    <${Relaxations} codes=${exchange.relaxations} />
                  </td>
                </tr>
              `,
            )}
          <//>
        `
    }
  `;
}
