// The audit events of one user or team, on its page.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useGrowingList } from "../../lib/growing-list.js";
import { Link } from "../../lib/route.js";
import { Loaded } from "../../lib/feedback.js";
import { queryString } from "../../lib/query.js";
import { Event } from "./audit-event.js";

const PAGE_SIZE = 10;

// `filter` is { user_id } or { team_id }; `version` changes when something has happened.
export function History({ filter, version }) {
  const said = queryString(filter);
  const list = useGrowingList(
    (before) => get(`/audit?${said}&${queryString({ count: PAGE_SIZE, before })}`),
    [said, version],
  );
  return html`
    <section class="card" aria-labelledby="history-title">
      <h2 id="history-title">${t("history.title")}</h2>
      <${Loaded} of=${list} hook="history">
        ${(events) =>
          events.length === 0
            ? html`<p class="faint" data-t="history.empty">${t("history.empty")}</p>`
            : html`
              <ol class="events">
                ${events.map((event) => html`<${Event} key=${event.event_id} event=${event} names=${list.names} brief=${true} />`)}
              </ol>
            `}
      <//>
      ${
        list.value !== null &&
        html`
          <div class="row">
            ${
              list.next &&
              html`
                <button
                  type="button"
                  class="button small"
                  aria-busy=${list.growing ? "true" : null}
                  data-t="history.more"
                  onClick=${list.more}
                >
                  ${t("audit.more")}
                </button>
              `
            }
            <${Link} href=${`/ui/audit?${said}`} data-t="history.all">${t("history.all")}<//>
          </div>
        `
      }
    </section>
  `;
}
