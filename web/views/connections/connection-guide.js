// The guide of a connection's identity provider, with a checklist that follows the requests as they arrive.
import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t, day } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { Loaded } from "../../lib/feedback.js";
import { checkText, guideTexts, loadGuide, progress } from "../../lib/guide.js";
import { causeOf } from "../../lib/exchange.js";
import { useLive } from "../../lib/live.js";
import { idpName } from "../../lib/idp.js";
import { useLoad } from "../../lib/load.js";
import { PlainTable } from "../../lib/plain-table.js";
import { Tick } from "./connection-pending.js";

const MOST = 500;
const SOON_MS = 100;

// The newest requests of a connection, the newest first; read again soon after it has answered others.
function useRequests(connection) {
  const { scim_id: scimId } = connection;
  const [requests, setRequests] = useState([]);
  const [exchanges, setExchanges] = useState(connection.exchanges ?? []);
  const timer = useRef(null);
  const read = async () => {
    timer.current = null;
    try {
      setRequests((await get(`/requests?scim_id=${scimId}&limit=${MOST}`)).requests);
    } catch {
      // Offline or signed out: the banner or the dialog says so.
    }
  };
  const known = useRef(JSON.stringify(exchanges));
  useLive(scimId, (now) => {
    const told = JSON.stringify(now.exchanges);
    if (told === known.current) return;
    known.current = told;
    setExchanges(now.exchanges);
    timer.current ??= setTimeout(read, SOON_MS);
  });
  useEffect(() => {
    read();
    return () => clearTimeout(timer.current);
  }, []);
  // What was refused before it could be captured is told by the connection.
  return [...requests, ...exchanges];
}

function Checklist({ guide, connection }) {
  const requests = useRequests(connection);
  return html`
    <h3>${t("guide.checks")}</h3>
    <ul class="ticks" data-t="guide.checks">
      ${progress(guide, requests).map(({ name, done, refused }) => {
        const cause = refused && causeOf(refused, connection);
        return html`
          <${Tick}
            key=${name}
            name=${`guide.${name}`}
            done=${done}
            warn=${Boolean(refused)}
            text=${html`${checkText(name)}${cause && html`<span class="block small-text" lang=${cause.lang}>${cause.text}</span>`}`}
          />
        `;
      })}
    </ul>
  `;
}

function List({ title, texts }) {
  return html`
    <h3>${title}</h3>
    <ul class="bullets">${texts.map((text) => html`<li key=${text}>${text}</li>`)}</ul>
  `;
}

export function Guide({ connection }) {
  const idp = idpName(connection.idp);
  const guide = useLoad(() => loadGuide(connection.idp), [connection.idp]);
  return html`
    <section class="guide-panel" data-t="guide">
      <h2>${t("guide.title", { idp })}</h2>
      <${Loaded} of=${guide} hook="guide">
        ${(file) => {
          const texts = guideTexts(file, connection);
          return html`
            <${List} title=${t("guide.before")} texts=${texts.before} />
            <h3>${t("guide.steps")}</h3>
            <ol class="guide">${texts.steps.map((step) => html`<li key=${step}>${step}</li>`)}</ol>
            <h3>${t("guide.test")}</h3>
            <p>${texts.test}</p>
            <${Checklist} guide=${file} connection=${connection} />
            <details>
              <summary>${t("guide.mapping")}</summary>
              <${PlainTable}
                label=${t("guide.mapping")}
                headings=${[t("guide.mapping.theirs", { idp }), t("guide.mapping.ours")]}
              >
                ${file.mapping.map(
                  ([theirs, ours]) => html`
                    <tr key=${theirs + ours}>
                      <td>${theirs}</td>
                      <td><code>${ours}</code></td>
                    </tr>
                  `,
                )}
              <//>
            </details>
            <${List} title=${t("guide.quirks")} texts=${texts.quirks} />
            <p class="faint small-text">${t("guide.as-of", { date: day(file.date) })}</p>
          `;
        }}
      <//>
    </section>
  `;
}
