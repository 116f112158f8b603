// All connections as cards.
import { html } from "../../vendor/preact-htm.js";
import { t, ago, number } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useNews } from "../../lib/live.js";
import { useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Chip, Empty, Loaded } from "../../lib/feedback.js";
import { CommandLine } from "../../lib/fields.js";
import { Fact } from "../../lib/fact.js";
import { idpName } from "../../lib/idp.js";
import { connectionOrDraftHref } from "../../lib/links.js";

export function ConnectionCard({ connection }) {
  const { attention, state } = connection;
  return html`
    <li class="card connection-card">
      <div class="card-top">
        <div>
          <p class="card-title">
            <${Link} href=${connectionOrDraftHref(connection)} data-t="connections.open">${connection.node_name}<//>
          </p>
          <p class="faint">${idpName(connection.idp)}</p>
        </div>
        <div class="chips"><${Chip} state=${state} />${attention && html`<${Chip} state="attention" />`}</div>
      </div>
      <p class="path faint">${connection.node_path}</p>
      <dl class="facts">
        <${Fact} name=${t("nav.users")}>${number(connection.users)}<//>
        <${Fact} name=${t("nav.teams")}>${number(connection.teams)}<//>
        <${Fact} name=${t("connection.last-synced")}>
          ${connection.last_synced ? ago(connection.last_synced) : t("time.not-synced")}
        <//>
      </dl>
    </li>
  `;
}

export function Connections() {
  const list = useLoad(() => get("/connections"), []);
  useNews(list.reload);
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.connections")} /><p class="lead">${t("connections.lead")}</p></div>
    </header>
    <${Loaded} of=${list} hook="connections">
      ${(connections) =>
        connections.length === 0
          ? html`
            <div class="card">
              <${Empty}
                icon="plug"
                title=${t("connections.empty-title")}
                text=${t("connections.empty-text")}
                hook="connections.empty"
              >
                <${Link} class="button primary" href="/ui/nodes" data-t="connections.to-nodes">
                  ${t("connections.to-nodes")}
                <//>
              <//>
            </div>
          `
          : html`
            <ul class="card-list">
              ${connections.map(
                (connection) => html`<${ConnectionCard} key=${connection.scim_id} connection=${connection} />`,
              )}
            </ul>
          `}
    <//>
    <${CommandLine} hook="connections.cli" lines=${["scimbox scim list", "scimbox scim create --node ID"]} />
  `;
}
