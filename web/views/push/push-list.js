// All push records: where people come from, where they go, when, and how the last run ended.
import { html } from "../../vendor/preact-htm.js";
import { t, dateTime } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Empty, Loaded } from "../../lib/feedback.js";
import { CommandLine } from "../../lib/fields.js";
import { Ago } from "../../lib/moment.js";
import { columnTexts, PlainTable } from "../../lib/plain-table.js";
import { pushHref, RunChip, runHref, scheduleText, sourceText, targetText, Totals } from "./push-words.js";

export function When({ record }) {
  const { schedule, confirmed_at: confirmed } = record;
  if (!schedule?.enabled) return t("push.by-hand");
  return html`
    ${scheduleText(schedule)}
    <span class="block faint small-text">
      ${confirmed ? schedule.next_at && t("push.next-run", { time: dateTime(schedule.next_at) }) : t("push.not-confirmed")}
    </span>
  `;
}

function Row({ record }) {
  const run = record.last_run;
  return html`
    <tr data-t="push.row">
      <th scope="row">
        <${Link} href=${pushHref(record.record_id)} data-t="push.open">${record.name}<//>
      </th>
      <td>
        ${t(`push.source.${record.source}`)}
        <span class="block faint small-text">${sourceText(record)}</span>
      </td>
      <td>${targetText(record)}</td>
      <td><${When} record=${record} /></td>
      <td>
        ${
          run
            ? html`
              <${Link} href=${runHref(run)} class="plain-link" data-t="push.open-run"><${RunChip} run=${run} /><//>
              <span class="block faint small-text"><${Ago} at=${run.finished_at ?? run.created_at} /></span>
            `
            : t("push.never")
        }
      </td>
      <td>${run ? html`<${Totals} run=${run} />` : "–"}</td>
    </tr>
  `;
}

export function PushList() {
  const list = useLoad(async () => (await get("/push-records")).push_records, []);
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.push")} /><p class="lead">${t("push.lead")}</p></div>
      ${
        list.value?.length > 0 &&
        html`<${Link} class="button primary" href="/ui/push/new" data-needs="change" data-t="push.add">${t("push.new")}<//>`
      }
    </header>
    <${Loaded} of=${list} hook="push">
      ${(records) =>
        records.length === 0
          ? html`
            <div class="card">
              <${Empty} icon="push" title=${t("push.empty-title")} text=${t("push.empty-text")} hook="push.empty">
                <${Link} class="button primary" href="/ui/push/new" data-needs="change" data-t="push.add">${t("push.new")}<//>
              <//>
            </div>
          `
          : html`
            <section class="card">
              <${PlainTable}
                label=${t("nav.push")}
                headings=${columnTexts(["name", "push-source", "push-target", "push-schedule", "push-last", "push-changes"])}
              >
                ${records.map((record) => html`<${Row} key=${record.record_id} record=${record} />`)}
              <//>
            </section>
          `}
    <//>
    <${CommandLine} hook="push.cli" lines=${["scimbox push record list", "scimbox push record create NAME --help"]} />
  `;
}
