// The lists of the approval queue: teams and memberships that are open, waiting or rejected.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, number } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Empty, ErrorNotice, Loaded } from "../../lib/feedback.js";
import { queryString } from "../../lib/query.js";
import { NewOfListing, startRow, useLastPage } from "../../lib/listing.js";
import { MAX_SELECTION, Pager, SelectionBar, Table, useSelection } from "../../lib/table.js";
import { idpName } from "../../lib/idp.js";
import { Ago } from "../../lib/moment.js";
import { Person } from "../../lib/person.js";
import { WaitingFor } from "../../lib/waiting-for.js";
import { connectionHref, teamHref } from "../../lib/links.js";
import { ApproveDialog, RejectDialog, approve } from "./approval-dialogs.js";

const PAGE_SIZE = 50;
// The server stops counting here.
const MAX_COUNTED = 100000;

const TeamLink = ({ id, name }) => html`<${Link} href=${teamHref(id)} data-t="approvals.team">${name}<//>`;
const idOfTeam = (team) => team.team_id;
const idOfMembership = (one) => `${one.team_id} ${one.user_id}`;
const nameOfMembership = (one) => t("approvals.who-where", { user: one.user_name, team: one.team_name });

// A page of `path`, the selected rows, and the dialogs that approve or reject them. `kind` is teams or memberships.
function Queue({ path, kind, filters, query, set, version, onDecided, hook, columns, cells, acts, none }) {
  const teams = kind === "teams";
  const start = startRow(query);
  const fetchRows = (from, count) => get(`${path}?${filters}${filters && "&"}${queryString({ start: from, count })}`);
  const list = useLoad(() => fetchRows(start, PAGE_SIZE), [path, filters, start, version], true);
  useLastPage(list, kind, start, PAGE_SIZE, (last) => set({ start: String(last) }, { replace: true }));
  const selection = useSelection(path + filters);
  const [dialog, setDialog] = useState(null);
  const idOf = teams ? idOfTeam : idOfMembership;
  const nameOf = teams ? (team) => team.name : nameOfMembership;
  const all = useAct(async () => selection.select((await fetchRows(1, MAX_SELECTION))[kind], true, idOf));
  const named = (rows) => ({ teams: teams ? rows : [], memberships: teams ? [] : rows });
  const done = (result) => {
    setDialog(null);
    selection.clear();
    onDecided(result);
  };
  const now = useAct(async (rows) => done(await approve(named(rows))));
  const decide = (what, rows) =>
    what === "approve" && !teams ? now.run(rows) : setDialog({ what, names: named(rows) });
  const picked = [...selection.rows.values()];
  const rowActs = (row) => html`
    <td class="acts">
      ${acts.map(
        (what) => html`
          <button
            key=${what}
            type="button"
            class="button small"
            aria-label=${t(`${what}.named`, { name: nameOf(row) })}
            data-needs="change" data-t=${`${hook}.${what}`}
            onClick=${() => decide(what, [row])}
          >
            ${t(`${what}.submit`)}
          </button>
        `,
      )}
    </td>
  `;
  return html`
    <${ErrorNotice} error=${now.error ?? all.error} hook=${`${hook}.error`} />
    <${NewOfListing} listing=${{ list, filters, fetchRows }} hook=${hook} />
    <${Loaded} of=${list} lines=${6} hook=${hook}>
      ${(page) =>
        page[kind].length === 0 && page.total === 0
          ? none
          : html`
            <${SelectionBar} selection=${selection} total=${page.total} onAll=${() => all.run()} hook=${hook}>
              ${acts.map(
                (what) => html`
                  <button
                    key=${what}
                    type="button"
                    class=${what === "approve" ? "button small primary" : "button small danger"}
                    aria-busy=${now.busy ? "true" : null}
                    data-needs="change" data-t=${`${hook}.${what}-picked`}
                    onClick=${() => decide(what, picked)}
                  >
                    ${t(`${what}.submit`)}
                  </button>
                `,
              )}
            <//>
            <${Table}
              label=${t(teams ? "nav.teams" : "column.memberships")}
              hook=${hook}
              columns=${columns}
              rows=${page[kind]}
              idOf=${idOf}
              nameOf=${nameOf}
              selection=${selection}
              acts=${true}
              cells=${(row) => html`${cells(row)}${rowActs(row)}`}
            />
            <${Pager}
              start=${start}
              page=${PAGE_SIZE}
              total=${page.total}
              atMost=${MAX_COUNTED}
              rows=${page[kind].length}
              onStart=${(next) => set({ start: String(next) })}
              hook=${hook}
            />
          `}
    <//>
    ${
      dialog?.what === "approve" &&
      html`<${ApproveDialog} names=${dialog.names} onClose=${() => setDialog(null)} onDone=${done} />`
    }
    ${
      dialog?.what === "reject" &&
      html`<${RejectDialog} names=${dialog.names} onClose=${() => setDialog(null)} onDone=${done} />`
    }
  `;
}

const nothing = (name) => html`
  <${Empty}
    icon=${name === "none-found" ? "search" : "check"}
    title=${t(`approvals.${name}.title`)}
    text=${t(`approvals.${name}.text`)}
    hook=${`approvals.${name}`}
  />
`;
const teamFilters = (query) => queryString({ node_id: query.node, q: query.q });
const membershipFilters = (query, which) =>
  queryString({ node_id: query.node, team_id: query.team_id, q: query.q, which });
const isFiltered = (query) => Boolean(query.node || query.q || query.team_id);

export function OpenTeams(shared) {
  const { query } = shared;
  return html`
    <${Queue}
      ...${shared}
      path="/approvals/teams"
      kind="teams"
      filters=${teamFilters(query)}
      hook="open-teams"
      acts=${["approve", "reject"]}
      none=${nothing(isFiltered(query) ? "none-found" : "no-teams")}
      columns=${["team", "node", "members", "requested-by", "waiting-since"]}
      cells=${(team) => html`
        <th scope="row">
          <${TeamLink} id=${team.team_id} name=${team.name} />
          ${team.role && html` <span class="tag">${t("team.role")}</span>`}
        </th>
        <td>${team.node_name}</td>
        <td>${number(team.members)}</td>
        <td>
          ${
            team.requested_by
              ? html`
                <${Link} href=${connectionHref(team.requested_by.scim_id)} data-t="approvals.connection">
                  ${idpName(team.requested_by.idp)}
                <//>
              `
              : "–"
          }
        </td>
        <td class="keep"><${Ago} at=${team.waiting_since} /></td>
      `}
    />
  `;
}

const membershipCells = (one) => html`
  <th scope="row"><${Person} user=${one} hook="approvals.user" /></th>
  <td><${TeamLink} id=${one.team_id} name=${one.team_name} /></td>
  <td>${one.node_name}</td>
  <td>
    ${
      one.waiting_for === "APPROVAL"
        ? html`<span class="faint">${t("waits.APPROVAL")}</span>`
        : html`<${WaitingFor} row=${one} />`
    }
  </td>
  <td class="keep"><${Ago} at=${one.since} /></td>
`;

export function OpenMemberships(shared) {
  return html`
    <${Queue}
      ...${shared}
      path="/approvals/memberships"
      kind="memberships"
      filters=${membershipFilters(shared.query, "open")}
      hook="open-memberships"
      acts=${["approve", "reject"]}
      none=${nothing(isFiltered(shared.query) ? "none-found" : "no-memberships")}
      columns=${["user", "team", "node", "waits-for", "since"]}
      cells=${membershipCells}
    />
  `;
}

export function WaitingMemberships(shared) {
  return html`
    <${Queue}
      ...${shared}
      path="/approvals/memberships"
      kind="memberships"
      filters=${membershipFilters(shared.query, "waiting")}
      hook="waiting"
      acts=${["reject"]}
      none=${nothing(isFiltered(shared.query) ? "none-found" : "no-waiting")}
      columns=${["user", "team", "node", "waits-for", "since"]}
      cells=${membershipCells}
    />
  `;
}

// Rejected teams and memberships share the page, so only the memberships keep their page in the address.
export function RejectedTeams(shared) {
  const [start, setStart] = useState("1");
  const query = { ...shared.query, start };
  return html`
    <${Queue}
      ...${shared}
      query=${query}
      set=${(change) => setStart(change.start)}
      path="/teams"
      kind="teams"
      filters=${queryString({ node_id: query.node, q: query.q, state: "rejected" })}
      hook="rejected-teams"
      acts=${["approve"]}
      none=${nothing(isFiltered(shared.query) ? "none-found" : "no-rejected")}
      columns=${["team", "node", "reason", "changed"]}
      cells=${(team) => html`
        <th scope="row"><${TeamLink} id=${team.team_id} name=${team.name} /></th>
        <td>${team.node_name}</td>
        <td>${team.rejection ?? "–"}</td>
        <td class="keep"><${Ago} at=${team.modified_at} /></td>
      `}
    />
  `;
}

export function RejectedMemberships(shared) {
  return html`
    <${Queue}
      ...${shared}
      path="/approvals/memberships"
      kind="memberships"
      filters=${membershipFilters(shared.query, "rejected")}
      hook="rejected-memberships"
      acts=${["approve"]}
      none=${nothing(isFiltered(shared.query) ? "none-found" : "no-rejected")}
      columns=${["user", "team", "node", "reason", "since"]}
      cells=${(one) => html`
        <th scope="row"><${Person} user=${one} hook="approvals.user" /></th>
        <td><${TeamLink} id=${one.team_id} name=${one.team_name} /></td>
        <td>${one.node_name}</td>
        <td>${one.rejection ?? "–"}</td>
        <td class="keep"><${Ago} at=${one.since} /></td>
      `}
    />
  `;
}
