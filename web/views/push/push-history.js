// The runs of a push record, newest first.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { startRow, useLastPage } from "../../lib/listing.js";
import { useQuery } from "../../lib/query.js";
import { Link } from "../../lib/route.js";
import { Loaded } from "../../lib/feedback.js";
import { Pager } from "../../lib/table.js";
import { Ago } from "../../lib/moment.js";
import { actorName } from "../../lib/actor.js";
import { columnTexts, PlainTable } from "../../lib/plain-table.js";
import { durationText, isOpen, RunChip, runHref, Totals } from "./push-words.js";

const PAGE = 10;

function Row({ run }) {
  return html`
    <tr data-t="push.history-row">
      <th scope="row">
        <${Link} href=${runHref(run)} data-t="push.open-run">${t(`push.kind.${run.kind}`)}<//>
      </th>
      <td><${RunChip} run=${run} /></td>
      <td><${Ago} at=${run.started_at ?? run.created_at} /></td>
      <td>${durationText(run)}</td>
      <td>${run.kind === "check" || isOpen(run) ? "–" : html`<${Totals} run=${run} />`}</td>
      <td>${run.trigger === "schedule" ? t("push.trigger.schedule") : (actorName(run.created_by) ?? "–")}</td>
    </tr>
  `;
}

export function History({ record }) {
  const [query, set] = useQuery({ start: "1" });
  const start = startRow(query);
  const id = record.record_id;
  const list = useLoad(() => get(`/push-runs?record_id=${id}&start=${start}&count=${PAGE}`), [id, start], true);
  const setStart = (next, how) => set({ start: String(next) }, how);
  useLastPage(list, "runs", start, PAGE, (last) => setStart(last, { replace: true }));
  return html`
    <section class="card push-history">
      <h2>${t("push.history")}</h2>
      <${Loaded} of=${list} hook="push-history">
        ${({ runs, total }) =>
          total === 0
            ? html`<p class="faint" data-t="push.no-history">${t("push.no-history")}</p>`
            : html`
              <${PlainTable}
                label=${t("push.history")}
                headings=${columnTexts(["push-kind", "push-outcome", "when", "push-duration", "push-changes", "push-by"])}
              >
                ${runs.map((run) => html`<${Row} key=${run.run_id} run=${run} />`)}
              <//>
              ${
                total > PAGE &&
                html`
                  <${Pager}
                    start=${start}
                    page=${PAGE}
                    total=${total}
                    rows=${runs.length}
                    onStart=${(next) => setStart(next)}
                    hook="push-history"
                  />
                `
              }
            `}
      <//>
    </section>
  `;
}
