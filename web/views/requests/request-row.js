// One line of the list of captured requests: what happened in words, who sent it, and how it was answered.
import { html } from "../../vendor/preact-htm.js";
import { t, dateTime } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { causeOf } from "../../lib/exchange.js";
import { MoveHere } from "../connections/connection-conflict.js";
import {
  addressText,
  clientName,
  duration,
  failed,
  refusalText,
  requestHref,
  sentence,
  statusTone,
} from "./request-words.js";
import { time } from "./request-time.js";

function Relaxations({ codes }) {
  if (codes.length === 0) return null;
  const names = codes.map((code) => t(`relaxation.${code}`)).join(", ");
  return html`
    <span class="tag" title=${names} data-t="request.relaxations">
      ${t("request.relaxed", { n: codes.length })}<span class="off-screen">: ${names}</span>
    </span>
  `;
}

// A refusal in words: on a connection's page with what is known of its cause now, such as who holds a name elsewhere.
function causeText(request, said, exchange, connection) {
  if (exchange && (exchange.code === "USER_ELSEWHERE" || exchange.token_tail)) return causeOf(exchange, connection);
  if (!failed(request)) return null;
  const cause = refusalText(request);
  return said.includes(cause.text.replace(/[.。]$/, "")) ? null : cause;
}

// `exchange` is the same request as the page of its connection knows it.
export function RequestRow({ request, unread, picked, pick, exchange, connection }) {
  const { method, status, request_id: id } = request;
  const conflict = exchange?.conflict;
  const said = sentence(request);
  const cause = causeText(request, said, exchange, connection);
  return html`
    <tr class=${unread ? "unread" : null} data-t="request.row" data-id=${id} data-status=${status}>
      <td class="pick">
        <input
          type="checkbox"
          checked=${picked}
          aria-label=${t("request.pick", { what: said })}
          data-t="request.pick"
          onChange=${pick}
        />
      </td>
      <td class="keep">
        ${
          unread &&
          html`<span class="unread-dot" title=${t("request.unread")}><span
          class="off-screen">${t("request.unread")}</span></span>`
        }
        <time datetime=${request.at} title=${dateTime(request.at)}>${time(request.at)}</time>
      </td>
      <td class="request-what">
        <${Link} href=${requestHref(id)} class="request-said" data-t="request.open">${said}<//>
        ${cause && html`<span class="request-cause" lang=${cause.lang}>${cause.text}</span>`}
        <span class="request-line">
          <code><strong>${method}</strong> ${addressText(request)}</code>
          ${request.code && request.code !== "REFUSED" && html` <code class="code">${request.code}</code>`}
          ${request.noise && html` <span class="tag">${t("request.noise")}</span>`}
          <${Relaxations} codes=${request.relaxations} />
        </span>
        ${conflict && html`<${MoveHere} conflict=${conflict} connection=${connection} />`}
      </td>
      <td><span class=${`status ${statusTone(request)}`}>${String(status)}</span></td>
      <td class="keep number">${duration(request.ms)}</td>
      <td>${clientName(request.client)}<br /><span class="faint">${request.from}</span></td>
    </tr>
  `;
}
