// The audit log: filters, events in words, the check of its chain, and its export.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, language } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { useGrowingList } from "../../lib/growing-list.js";
import { Heading } from "../../lib/heading.js";
import { Icon } from "../../lib/icons.js";
import { Empty, ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine, Field } from "../../lib/fields.js";
import { NodeFilter, SearchFilter, SelectFilter } from "../../lib/filters.js";
import { NewRows, NoneFound } from "../../lib/listing.js";
import { queryString, useQuery } from "../../lib/query.js";
import { announce } from "../../lib/announce.js";
import { Event, eventText } from "./audit-event.js";

const PAGE_SIZE = 50;
const DEFAULTS = { event: "", actor: "", node: "", user_id: "", team_id: "", request_id: "", from: "", to: "" };

// The first moment of a day in this browser's time zone, or of the day that many `days` later; "" for no day.
function moment(day, days = 0) {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return "";
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + days).toISOString();
}

function DateFilter({ name, value, set }) {
  return html`
    <${Field} label=${t(`audit.${name}`)}>
      ${(inputProps) => html`
        <input
          type="date"
          ...${inputProps}
          value=${value}
          data-t=${`audit.${name}`}
          onChange=${(event) => set({ [name]: event.currentTarget.value })}
        />
      `}
    <//>
  `;
}

function Filters({ query, set, nodes, events }) {
  const names = [...events].sort((a, b) => eventText(a).localeCompare(eventText(b), language.value));
  return html`
    <div class="filters many" role="search">
      <${SelectFilter}
        label=${t("audit.event")}
        value=${query.event}
        onValue=${(event) => set({ event })}
        hook="audit.event-filter"
        options=${names.map((name) => [name, eventText(name)])}
      />
      <${SearchFilter}
        label=${t("audit.actor")}
        value=${query.actor}
        onValue=${(actor) => set({ actor }, { replace: true })}
        hook="audit.actor"
      />
      <${NodeFilter} nodes=${nodes} value=${query.node} onValue=${(node) => set({ node })} hook="audit.node" />
      <${DateFilter} name="from" value=${query.from} set=${set} />
      <${DateFilter} name="to" value=${query.to} set=${set} />
    </div>
    ${
      ["user_id", "team_id", "request_id"].some((name) => query[name]) &&
      html`
        <p class="chips">
          ${["user_id", "team_id", "request_id"]
            .filter((name) => query[name])
            .map(
              (name) => html`
                <span key=${name} class="tag held">
                  ${t(`audit.only.${name}`)} <code>${query[name]}</code>
                  <button
                    type="button"
                    class="tag-close"
                    aria-label=${t("audit.without", { name: t(`audit.only.${name}`) })}
                    data-t=${`audit.without-${name}`}
                    onClick=${() => set({ [name]: "" })}
                  >
                    <${Icon} name="close" small=${true} />
                  </button>
                </span>
              `,
            )}
        </p>
      `
    }
  `;
}

export function Audit() {
  const [query, set] = useQuery(DEFAULTS);
  const nodes = useLoad(() => get("/nodes"), []);
  const names = useLoad(() => get("/audit/events"), []);
  const filters = queryString({ ...query, from: moment(query.from), to: moment(query.to, 1) }, { node: "node_id" });
  const fetchPage = (before) => get(`/audit?${filters}${filters && "&"}${queryString({ count: PAGE_SIZE, before })}`);
  const list = useGrowingList(fetchPage, [filters]);
  const countNew = async () => {
    const { events } = await fetchPage(null);
    const known = events.findIndex((event) => event.event_id === list.value[0]?.event_id);
    return known < 0 ? events.length : known;
  };
  const [checked, setChecked] = useState(null);
  const verify = useAct(async () => {
    const found = await post("/audit/verify");
    setChecked(found);
    announce(t(found.ok ? "audit.verified" : "audit.broken", { n: found.checked, id: String(found.broken_at) }), {
      visible: false,
    });
  });
  const filtered = Object.values(query).some(Boolean);
  const known = names.value?.events ?? (query.event ? [query.event] : []);
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.audit")} /><p class="lead">${t("audit.lead")}</p></div>
      <div class="row">
        <button
          type="button"
          class="button"
          aria-busy=${verify.busy ? "true" : null}
          data-t="audit.verify"
          onClick=${() => verify.run()}
        >
          ${t("audit.verify")}
        </button>
      </div>
    </header>
    <${ErrorNotice} error=${verify.error} />
    ${
      checked &&
      html`
        <${Notice} kind=${checked.ok ? "good" : "bad"} hook="audit.verdict">
          <p>
            ${t(checked.ok ? "audit.verified" : "audit.broken", { n: checked.checked, id: String(checked.broken_at) })}
          </p>
          <p class="faint">
            ${t("audit.head", { first: String(checked.first ?? "–"), last: String(checked.last ?? "–") })}${" "}
            <code class="code">${checked.head}</code>
          </p>
        <//>
      `
    }
    <section class="card">
      <${Filters} query=${query} set=${set} nodes=${nodes.value ?? []} events=${known} />
      <${NewRows} value=${list.value} count=${countNew} reload=${list.reload} hook="audit" />
      <${Loaded} of=${list} lines=${8} hook="audit">
        ${(events) =>
          events.length === 0
            ? filtered
              ? html`<${NoneFound} onClear=${() => set(DEFAULTS)} hook="audit" />`
              : html`
                <${Empty}
                  icon="audit"
                  title=${t("audit.empty-title")}
                  text=${t("audit.empty-text")}
                  hook="audit.empty"
                />
              `
            : html`
              <ol
                class="events">${events.map((event) => html`<${Event} key=${event.event_id} event=${event} names=${list.names} />`)}</ol>
            `}
      <//>
      ${
        list.value?.length > 0 &&
        html`
          <div class="pager">
            <p class="faint" role="status" data-t="audit.shown">
              ${t(list.next ? "audit.shown" : "audit.shown-all", { n: list.value.length })}
            </p>
            ${
              list.next &&
              html`
                <button
                  type="button"
                  class="button"
                  aria-busy=${list.growing ? "true" : null}
                  data-t="audit.more"
                  onClick=${list.more}
                >
                  ${t("audit.more")}
                </button>
              `
            }
          </div>
          <p class="row">
            ${["csv", "ndjson"].map(
              (format) => html`
                <a
                  key=${format}
                  class="quiet-link"
                  href=${`/api/v1/audit/export?format=${format}${filters && "&"}${filters}`}
                  download
                  data-t=${`audit.export-${format}`}
                >
                  <${Icon} name="download" small=${true} />
                  ${t(`audit.export.${format}`)}
                </a>
              `,
            )}
          </p>
        `
      }
    </section>
    <${CommandLine}
      hook="audit.cli"
      lines=${["scimbox audit list", "scimbox audit verify", "scimbox audit export --format csv"]}
    />
  `;
}
