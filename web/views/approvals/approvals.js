// Approvals: what waits for a decision, what follows by itself, what was rejected, and how each node approves.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { t, number } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useNews } from "../../lib/live.js";
import { useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Icon } from "../../lib/icons.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { CommandLine } from "../../lib/fields.js";
import { NodeFilter, SearchFilter } from "../../lib/filters.js";
import { useQuery } from "../../lib/query.js";
import { Tabs } from "../../lib/tabs.js";
import { connectionHref, nodeHref } from "../../lib/links.js";
import { PlainTable, columnTexts } from "../../lib/plain-table.js";
import { resultText } from "./approval-dialogs.js";
import {
  OpenMemberships,
  OpenTeams,
  RejectedMemberships,
  RejectedTeams,
  WaitingMemberships,
} from "./approval-lists.js";
import { FullSync, JobPanel, useJobs } from "../jobs/jobs.js";

const TABS = ["teams", "memberships", "waiting", "rejected"];

function ApprovalModes({ nodes }) {
  if (nodes.length === 0) return null;
  return html`
    <section class="card">
      <h2>${t("approvals.modes")}</h2>
      <p class="hint">${t("approvals.modes-text")}</p>
      <${PlainTable}
        label=${t("approvals.modes")}
        headings=${columnTexts(["node", "approval", "teams", "memberships"])}
        acts=${true}
      >
        ${nodes.map(
          (node) => html`
            <tr key=${node.node_id} data-t="approvals.node">
              <th scope="row">
                <${Link} href=${nodeHref(node.node_id)} data-t="approvals.node-open">${node.node_name}<//>
              </th>
              <td>
                ${
                  node.approval === "none"
                    ? html`<span class="faint">${t("approvals.mode-none")}</span>`
                    : t(`set.approval.${node.approval}`)
                }
              </td>
              <td>${number(node.teams)}</td>
              <td>${number(node.memberships)}</td>
              <td class="acts">
                ${
                  node.approval !== "none" &&
                  html`
                    <${Link}
                      class="button small"
                      href=${node.scim_id ? `${connectionHref(node.scim_id)}?tab=behaviour` : nodeHref(node.node_id)}
                      aria-label=${t("approvals.change-named", { name: node.node_name })}
                      data-needs="change" data-t="approvals.change"
                    >
                      ${t("approvals.change")}
                    <//>
                  `
                }
              </td>
            </tr>
          `,
        )}
      <//>
    </section>
  `;
}

export function Approvals() {
  const [query, set] = useQuery({ tab: "teams", node: "", q: "", team_id: "", start: "1" });
  const tab = TABS.includes(query.tab) ? query.tab : "teams";
  const nodes = useLoad(() => get("/nodes"), []);
  const summary = useLoad(() => get("/approvals"), []);
  const jobs = useJobs();
  const [syncing, setSyncing] = useState(false);
  const [result, setResult] = useState(null);
  const [version, setVersion] = useState(0);
  const again = () => {
    setVersion((old) => old + 1);
    summary.reload();
  };
  useEffect(() => setResult(null), [tab]);
  const decided = (answer) => {
    setResult(answer);
    again();
  };
  useNews(summary.reload);
  const counts = summary.value ?? {};
  const choose = (name) => set({ tab: name, q: "", team_id: "" }, { replace: true });
  const shared = { query, set, version, onDecided: decided };
  const open = (counts.teams ?? 0) + (counts.memberships ?? 0);
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.approvals")} /><p class="lead">${t("approvals.lead")}</p></div>
      <button type="button" class="button primary" data-needs="change" data-t="approvals.full-sync" onClick=${() => setSyncing(true)}>
        <${Icon} name="sync" />
        ${t("sync.title")}
      </button>
    </header>
    <${ErrorNotice} error=${summary.error} hook="approvals.error" />
    <${JobPanel} jobs=${jobs} onOver=${again} />
    ${
      result &&
      html`
        <${Notice}
          kind=${(result.teams?.failed ?? 0) + (result.memberships?.failed ?? 0) > 0 ? "warn" : "good"}
          hook="approvals.result"
        >
          <p>${resultText(result)}</p>
          ${result.memberships?.waiting > 0 && html`<p class="faint">${t("approvals.wait-text")}</p>`}
        <//>
      `
    }
    <${Tabs}
      label=${t("approvals.sections")}
      hook="approvals.tab"
      current=${tab}
      onChoose=${choose}
      tabs=${TABS.map((name) => [name, t(`approvals.tab.${name}`), counts[name]])}
    />
    <section class="card tab-panel" role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${tab}`}>
      <p class="hint">${t(`approvals.text.${tab}`)}</p>
      <div class="filters">
        <${SearchFilter}
          key=${tab}
          label=${t(tab === "teams" ? "teams.search" : "approvals.search")}
          value=${query.q}
          onValue=${(q) => set({ q }, { replace: true })}
          hook="approvals.search"
        />
        <${NodeFilter}
          nodes=${nodes.value ?? []}
          value=${query.node}
          onValue=${(node) => set({ node })}
          hook="approvals.node"
        />
      </div>
      ${tab === "teams" && html`<${OpenTeams} ...${shared} />`}
      ${tab === "memberships" && html`<${OpenMemberships} ...${shared} />`}
      ${tab === "waiting" && html`<${WaitingMemberships} ...${shared} />`}
      ${
        tab === "rejected" &&
        html`
          <h2>${t("nav.teams")}</h2>
          <${RejectedTeams} ...${shared} />
          <h2>${t("column.memberships")}</h2>
          <${RejectedMemberships} ...${shared} />
        `
      }
    </section>
    <${ApprovalModes} nodes=${summary.value?.nodes ?? []} />
    <${CommandLine} hook="approvals.cli" lines=${["scimbox team-approve", "scimbox team-approve --node ID"]} />
    ${
      syncing &&
      html`
        <${FullSync}
          nodes=${summary.value?.nodes ?? []}
          open=${open}
          onClose=${() => setSyncing(false)}
          onStarted=${(job) => {
            jobs.show(job);
            setSyncing(false);
          }}
        />
      `
    }
  `;
}
