// The panel of a connection that waits for its first request: live ticks and failed attempts with their cause.
import { html } from "../../vendor/preact-htm.js";
import { t, clock, dateTime } from "../../lib/i18n.js";
import { Icon } from "../../lib/icons.js";
import { idpName, isOutOfReach } from "../../lib/idp.js";
import { MoveHere } from "./connection-conflict.js";
import { SelfTest } from "./self-test.js";
import { causeOf, discoveryText, failed, isDiscovery } from "../../lib/exchange.js";

export function Tick({ name, done, warn = false, text, when }) {
  return html`
    <li class=${done ? "tick done" : warn ? "tick warn" : "tick"} data-t=${`tick.${name}`} data-done=${String(done)}>
      <span class="tick-mark" aria-hidden="true">${done ? html`<${Icon} name="check" />` : warn && html`<${Icon} name="alert" />`}</span>
      <span>
        ${text}
        <span class="off-screen"> (${t(done ? "overview.done" : warn ? "tick.attention" : "tick.waiting")})</span>
        ${when && html`<span class="faint"> ${when}</span>`}
      </span>
    </li>
  `;
}

export function Attempt({ exchange, connection }) {
  if (isDiscovery(exchange)) {
    return html`
      <li class="attempt" data-t="pending.discovery">
        <${Icon} name="check" small=${true} />
        <p>${discoveryText(exchange, connection)}</p>
      </li>
    `;
  }
  const cause = causeOf(exchange, connection);
  return html`
    <li class="attempt bad" data-t="pending.attempt">
      <${Icon} name="alert" small=${true} />
      <div>
        <p lang=${cause.lang}>${cause.text}</p>
        ${exchange.conflict && html`<${MoveHere} conflict=${exchange.conflict} connection=${connection} />`}
        <p class="faint attempt-line">
          <time datetime=${exchange.at} title=${dateTime(exchange.at)}>${clock(exchange.at)}</time>${" "}
          <code>${exchange.method} ${exchange.path}</code> ${String(exchange.status)} ${exchange.from ?? ""}${" "}
          ${exchange.agent ?? ""}
        </p>
      </div>
    </li>
  `;
}

// The address works when this page came from there, or when a request has arrived.
function isReachable({ scim_url: url, exchanges }) {
  return new URL(url).origin === location.origin || exchanges.length > 0;
}

export function PendingPanel({ connection }) {
  const { saved_at: savedAt, first_request_at: request, first_write_at: write, state } = connection;
  const isPending = state === "pending";
  const local = !request && isOutOfReach(connection);
  const told = write
    ? []
    : connection.exchanges.filter((exchange) => failed(exchange) || (isPending && isDiscovery(exchange))).slice(0, 6);
  const idp = idpName(connection.idp);
  const title = isPending
    ? t("pending.waiting", { idp, time: clock(savedAt ?? connection.created_at) })
    : write
      ? t("pending.all-done")
      : t("pending.connected", { idp });
  return html`
    <section
      class=${isPending ? "card pending" : "card pending good"}
      aria-labelledby="pending-title"
      data-t="connection.pending"
    >
      <h2 id="pending-title">${isPending && html`<span class="pulse" aria-hidden="true"></span>`}${title}</h2>
      <ul class="ticks">
        <${Tick}
          name="address"
          done=${!local && isReachable(connection)}
          warn=${local}
          text=${t(local ? "tick.local" : "tick.listening", { url: connection.scim_url, idp })}
        />
        <${Tick} name="request" done=${Boolean(request)} text=${t("tick.request")} when=${request && clock(request)} />
        <${Tick} name="write" done=${Boolean(write)} text=${t("tick.write")} when=${write && clock(write)} />
      </ul>
      <${SelfTest} connection=${connection} />
      ${isPending && html`<p class="hint">${t("pending.hint", { idp })}</p>`}
      ${
        told.length > 0 &&
        html`
          <h3>${t("pending.received")}</h3>
          <ul class="attempts">
            ${told.map(
              (exchange) =>
                html`<${Attempt} key=${exchange.at + exchange.path} exchange=${exchange} connection=${connection} />`,
            )}
          </ul>
        `
      }
    </section>
  `;
}
