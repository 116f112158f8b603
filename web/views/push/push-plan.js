// The plan of a preview: what forbids it, what else is worth knowing, each change, and the button that allows it.
import { html } from "../../vendor/preact-htm.js";
import { t, known, number } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { queryString, useQuery } from "../../lib/query.js";
import { NoneFound, startRow, useLastPage } from "../../lib/listing.js";
import { Loaded, Notice } from "../../lib/feedback.js";
import { Fact } from "../../lib/fact.js";
import { SearchFilter, SelectFilter } from "../../lib/filters.js";
import { NameList } from "../../lib/name-list.js";
import { Pager } from "../../lib/table.js";
import { columnTexts, PlainTable } from "../../lib/plain-table.js";
import { Allow } from "./push-allow.js";
import { Refusals } from "./push-outcome.js";
import { Said } from "./push-said.js";

const PAGE = 50;

function valueText(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return t(value ? "audit.yes" : "audit.no");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// What is created has nothing to compare: its display name and its id in the source say enough.
function attributesOf({ change, before, after }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (!change.startsWith("create_")) return names;
  return names.filter(
    (name) => name === "externalId" || (name === "displayName" && change === "create_user") || after[name] === false,
  );
}

function Differences({ change }) {
  const names = attributesOf(change);
  return html`
    ${
      names.length > 0 &&
      html`
        <dl class="changes">
          ${names.map(
            (name) => html`
              <div key=${name}>
                <dt>${known(`push.attribute.${name}`) ? t(`push.attribute.${name}`) : name}</dt>
                <dd>
                  ${name in change.before && html`<del>${valueText(change.before[name])}</del>${" "}`}
                  ${name in change.after && html`<ins>${valueText(change.after[name])}</ins>`}
                </dd>
              </div>
            `,
          )}
        </dl>
      `
    }
    ${change.members.length > 0 && html`<${NameList} names=${change.members} />`}
  `;
}

// Why, in the reader's language where a kind of change has one reason; the server's words where it has several.
function Why({ change: { change, why, why_said: said } }) {
  const own = `push.why.${change}`;
  const several = ["lock_user", "delete_user", "update_group", "update_user"].includes(change);
  return html`
    ${known(own) && t(own)}
    ${several && html`<span class=${known(own) ? "block faint small-text" : null}><${Said} text=${why} said=${said} whole /></span>`}
  `;
}

function ChangeRow({ change }) {
  return html`
    <tr data-t="push.change" data-kind=${change.change}>
      <td class="push-kind">${t(`push.change.${change.change}`)}</td>
      <th scope="row">${change.name}</th>
      <td class="push-wide"><${Differences} change=${change} /></td>
      <td class="push-wide"><${Why} change=${change} /></td>
    </tr>
  `;
}

function Warnings({ plan }) {
  return html`
    ${
      plan.guards.length > 0 &&
      html`
        <${Notice} kind="bad" hook="push.guards">
          <p><strong>${t("push.guards")}</strong></p>
          <ul class="bullets">
            ${plan.guards.map(
              (one, i) => html`
                <li key=${i}>${t(`push.guard.${one.guard}`)}<span class="block small-text"><${Said} text=${one.why} said=${one.why_said} whole /></span></li>
              `,
            )}
          </ul>
          <p>${t("push.guards.text")}</p>
        <//>
      `
    }
    ${
      plan.unread.length > 0 &&
      html`
        <${Notice} kind="warn" hook="push.unread">
          <p><strong>${t("push.unread")}</strong></p>
          <ul class="bullets">
            ${plan.unread.map(
              (one, i) => html`
                <li key=${i}>
                  <${Said} text=${one.part} said=${one.part_said} />: <${Said} text=${one.why} said=${one.why_said} />
                </li>
              `,
            )}
          </ul>
        <//>
      `
    }
    ${
      plan.notes.length > 0 &&
      html`
        <details class="twin" data-t="push.notes">
          <summary>${t("push.notes", { n: plan.notes.length })}</summary>
          <ul class="bullets">
            ${plan.notes.map((note, i) => html`<li key=${i}><${Said} text=${note} said=${plan.notes_said[i]} /></li>`)}
          </ul>
        </details>
      `
    }
  `;
}

export function Plan({ run, record }) {
  const [query, set] = useQuery({ change: "", q: "", start: "1" });
  const start = startRow(query);
  const ask = queryString({ change: query.change, q: query.q, start, count: PAGE });
  const list = useLoad(() => get(`/push-runs/${run.run_id}/plan?${ask}`), [run.run_id, ask], true);
  const setStart = (next) => set({ start: String(next) });
  useLastPage(list, "changes", start, PAGE, (last) => set({ start: String(last) }, { replace: true }));
  return html`
    <${Loaded} of=${list} hook="push-plan">
      ${(plan) => html`
        <section class="card push-run">
          <h2>${t("push.plan")}</h2>
          <dl class="facts">
            ${["source", "held"].map((side) =>
              ["users", "groups"].map(
                (of) => html`<${Fact} key=${side + of} name=${t(`push.${side}.${of}`)}>${number(plan[side][of])}<//>`,
              ),
            )}
          </dl>
          <${Warnings} plan=${plan} />
          <${Allow} run=${run} record=${record} plan=${plan} />
        </section>
        ${plan.refusals.length > 0 && html`<${Refusals} refusals=${plan.refusals} total=${plan.refusals.length} />`}
        ${
          plan.counts.length > 0 &&
          html`
            <section class="card">
              <h2>${t("push.changes")}</h2>
              <div class="filters">
                <${SearchFilter}
                  label=${t("push.search")}
                  value=${query.q}
                  onValue=${(q) => set({ q }, { replace: true })}
                  hook="push.search"
                />
                <${SelectFilter}
                  label=${t("push.change-kind")}
                  value=${query.change}
                  onValue=${(change) => set({ change })}
                  hook="push.change-kind"
                  options=${plan.counts.map((one) => [
                    one.change,
                    `${t(`push.change.${one.change}`)} (${number(one.count)})`,
                  ])}
                />
              </div>
              ${
                plan.total === 0
                  ? html`<${NoneFound} q=${query.q} onClear=${() => set({ q: "", change: "" })} hook="push-plan" />`
                  : html`
                    <${PlainTable}
                      label=${t("push.changes")}
                      headings=${columnTexts(["push-change", "name", "push-details", "why"])}
                    >
                      ${plan.changes.map((change, i) => html`<${ChangeRow} key=${start + i} change=${change} />`)}
                    <//>
                    <${Pager}
                      start=${start}
                      page=${PAGE}
                      total=${plan.total}
                      rows=${plan.changes.length}
                      onStart=${setStart}
                      hook="push-plan"
                    />
                  `
              }
            </section>
          `
        }
      `}
    <//>
  `;
}
