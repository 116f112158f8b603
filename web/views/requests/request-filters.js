// The bar above the list of requests: live or paused, search, and filters.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { keysUnder, t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { Icon } from "../../lib/icons.js";
import { NodeFilter, SearchFilter, SelectFilter } from "../../lib/filters.js";
import { TimeFilter } from "./request-period.js";
import { readAll } from "./request-seen.js";

export const FILTERS = { q: "", status: "", method: "", client: "", relaxation: "", since: "", until: "" };

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const STATUSES = ["2xx", "refused", "4xx", "5xx"];
const CLIENTS = ["Okta", "Entra", "JumpCloud", "OneLogin", "Google", "Keeper", "curl"];

const isText = (element) => element.closest("input, textarea, select, button, a, summary, [role=tab]");

function Nodes({ value, onValue }) {
  const nodes = useLoad(() => get("/nodes"), []);
  return html`<${NodeFilter} nodes=${nodes.value ?? []} value=${value} onValue=${onValue} hook="requests.node" />`;
}

export function RequestFilters({ query, set, withNode, list }) {
  const [, again] = useState(0);
  const { live, toggle } = list;
  // The space bar pauses, where it has no other meaning.
  useEffect(() => {
    const keys = (event) => {
      if (event.key !== " " || event.ctrlKey || event.metaKey || isText(event.target)) return;
      event.preventDefault();
      toggle();
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  });
  const choose = (name, options) => html`
    <${SelectFilter}
      label=${t(`requests.filter.${name}`)}
      value=${query[name]}
      onValue=${(value) => set({ [name]: value })}
      options=${options}
      hook=${`requests.${name}`}
    />
  `;
  return html`
    <div class="row live-bar">
      <button type="button" class="button" aria-pressed=${String(live)} title=${t("requests.space")} data-t="requests.live"
        onClick=${toggle}>
        <${Icon} name=${live ? "pause" : "right"} />
        ${t(live ? "requests.pause" : "requests.resume")}
      </button>
      <p class=${live ? "status good" : "status warn"} role="status" data-t="requests.state">
        ${live && html`<span class="pulse" aria-hidden="true"></span>`} ${t(live ? "requests.is-live" : "requests.is-paused")}
      </p>
      <button
        type="button"
        class="button quiet"
        data-t="requests.read-all"
        onClick=${() => {
          readAll();
          again((n) => n + 1);
          list.reload();
        }}
      >
        ${t("requests.read-all")}
      </button>
    </div>
    <div class="filters many" role="search">
      <${SearchFilter}
        label=${t("requests.search")}
        value=${query.q}
        onValue=${(q) => set({ q }, { replace: true })}
        hook="requests.search"
      />
      ${choose(
        "status",
        STATUSES.map((value) => [value, t(`requests.status.${value}`)]),
      )}
      ${choose(
        "method",
        METHODS.map((value) => [value, value]),
      )}
      ${choose(
        "client",
        CLIENTS.map((value) => [value, value]),
      )}
      ${choose(
        "relaxation",
        keysUnder("relaxation.").map((key) => [key.slice(11), t(key)]),
      )}
      <${TimeFilter} since=${query.since} until=${query.until} set=${set} />
      ${withNode && html`<${Nodes} value=${query.node} onValue=${(node) => set({ node })} />`}
    </div>
  `;
}
