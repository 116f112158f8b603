// Open sessions: one's own, for an owner those of everybody, and ending them.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, remove } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { ErrorNotice, Loaded } from "../../lib/feedback.js";
import { Table } from "../../lib/table.js";
import { Ago } from "../../lib/moment.js";

export function Sessions() {
  const list = useLoad(async () => (await get("/sessions")).sessions, []);
  const act = useAct(async (one) => {
    await remove(`/sessions/${one.session_id}`);
    list.reload();
    announce(t("sessions.ended", { name: one.email }));
  });
  const cells = (one) => html`
    <th scope="row">
      ${one.email}
      ${one.this && html` <span class="tag">${t("sessions.this")}</span>`}
      <br />
      <span class="faint">${one.client}</span>
    </th>
    <td class="keep">${one.address || "–"}</td>
    <td class="keep"><${Ago} at=${one.last_used_at} /></td>
    <td class="acts">
      ${
        !one.this &&
        html`
          <button
            type="button"
            class="button small danger"
            aria-label=${t("sessions.end-title", { name: one.email })}
            data-t="sessions.end"
            onClick=${() => act.run(one)}
          >
            ${t("sessions.end")}
          </button>
        `
      }
    </td>
  `;
  return html`
    <section class="card">
      <h2>${t("sessions.title")}</h2>
      <${ErrorNotice} error=${act.error} hook="sessions.error" />
      <${Loaded} of=${list} hook="sessions">
        ${(sessions) => html`
          <${Table}
            label=${t("sessions.title")}
            hook="sessions"
            columns=${["name", "address", "seen"]}
            rows=${sessions}
            idOf=${(one) => one.session_id}
            cells=${cells}
            acts=${true}
          />
        `}
      <//>
    </section>
  `;
}
