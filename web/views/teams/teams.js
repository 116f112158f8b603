// Teams: the list with filters, order and pages, as a page and inside a connection.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, number } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { Link, navigate } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { announce } from "../../lib/announce.js";
import { Chip, Empty, ErrorNotice, Loaded } from "../../lib/feedback.js";
import { CommandLine, SelectField, TextField } from "../../lib/fields.js";
import { Icon } from "../../lib/icons.js";
import { Clipped, ColumnChooser, useColumns } from "../../lib/columns.js";
import { useQuery } from "../../lib/query.js";
import { NewOfListing, NoneFound, useListing } from "../../lib/listing.js";
import { NodeFilter, SearchFilter, SelectFilter } from "../../lib/filters.js";
import { MAX_SELECTION, Pager, SelectionBar, Table, useSelection } from "../../lib/table.js";
import { Ago } from "../../lib/moment.js";
import { nodeHref, teamHref } from "../../lib/links.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { useNodeOptions } from "../../lib/node-options.js";
import { ApproveDialog, RejectDialog, resultText } from "../approvals/approval-dialogs.js";
import { Restrictions, restrictionNames } from "./team-restrictions.js";

const DEFAULTS = { node: "", state: "", role: "", q: "", sort: "created_at", order: "asc", start: "1" };
const FILTERS = ["node", "state", "role", "q"];

function TeamState({ team }) {
  return html`
    <${Chip} state=${team.state} word=${t(`team.state.${team.state}`)} hook="team.state" />
    ${team.rejection && html`<span class="lock-text faint">${team.rejection}</span>`}
  `;
}

function Restricted({ team }) {
  const words = restrictionNames(team);
  if (words.length === 0) return html`<span class="faint">–</span>`;
  return words.map((word) => html`<span key=${word} class="lock-text">${word}</span>`);
}

function Members({ team }) {
  return html`
    ${number(team.members)}
    ${
      team.pending_members > 0 &&
      html` <span class="faint">${t("team.pending-members", { n: team.pending_members })}</span>`
    }
  `;
}

const COLUMNS = [
  {
    name: "team",
    sort: "name",
    always: true,
    cell: (team) => html`
      <${Link} href=${teamHref(team.team_id)} data-t="teams.open">${team.name}<//>
      ${team.role && html` <span class="tag">${t("team.role")}</span>`}
    `,
  },
  { name: "external-id", extra: true, kind: "mono", cell: (team) => html`<${Clipped} text=${team.external_id} />` },
  { name: "state", cell: (team) => html`<${TeamState} team=${team} />` },
  {
    name: "node",
    cell: (team) => html`
      <${Link} href=${nodeHref(team.node_id)} data-t="teams.node-link">${team.node_name}<//>
    `,
  },
  { name: "members", sort: "members", cell: (team) => html`<${Members} team=${team} />` },
  { name: "restrictions", cell: (team) => html`<${Restricted} team=${team} />` },
  { name: "changed", sort: "modified_at", kind: "keep", cell: (team) => html`<${Ago} at=${team.modified_at} />` },
];

// Inside a connection all rows have the same node, and the ids are the provider's.
const OF_CONNECTION = COLUMNS.filter(({ name }) => name !== "node").map((one) => ({ ...one, extra: false }));

// A change of `version` reads the list again; `nodeId` limits it to one node.
export function TeamList({ nodeId, nodes, version, onAdd }) {
  const listing = useListing({
    path: "/teams",
    field: "teams",
    defaults: DEFAULTS,
    names: FILTERS,
    fixed: nodeId ? { node: nodeId } : {},
    version,
  });
  const { query, set, start, list } = listing;
  const selection = useSelection(listing.filters);
  const columns = useColumns(nodes ? "teams" : "connection-teams", nodes ? COLUMNS : OF_CONNECTION);
  const [deciding, setDeciding] = useState(null);
  const all = useAct(async () =>
    selection.select((await listing.fetchRows(1, MAX_SELECTION)).teams, true, (team) => team.team_id),
  );
  const decided = (result) => {
    setDeciding(null);
    selection.clear();
    list.reload();
    announce(resultText(result));
  };
  const Decide = { approve: ApproveDialog, reject: RejectDialog }[deciding];
  const none = () =>
    listing.filtered
      ? html`<${NoneFound} q=${query.q} onClear=${listing.clear} hook="teams" />`
      : html`
        <${Empty} icon="teams" title=${t("teams.empty-title")} text=${t("teams.empty-text")} hook="teams.empty">
          ${
            onAdd &&
            html`
              <button type="button" class="button primary" data-needs="change" data-t="teams.empty-add" onClick=${onAdd}>
                ${t("teams.add")}
              </button>
            `
          }
        <//>
      `;
  return html`
    <div class="filters many" role="search">
      <${SearchFilter}
        label=${t("teams.search")}
        value=${query.q}
        onValue=${(q) => set({ q }, { replace: true })}
        hook="teams.search"
      />
      ${
        nodes &&
        html`<${NodeFilter} nodes=${nodes} value=${query.node} onValue=${(node) => set({ node })} hook="teams.node" />`
      }
      <${SelectFilter}
        label=${t("filter.state")}
        value=${query.state}
        onValue=${(state) => set({ state })}
        hook="teams.state"
        options=${["pending", "approved", "rejected"].map((state) => [state, t(`team.state.${state}`)])}
      />
      <${SelectFilter}
        label=${t("filter.role")}
        value=${query.role}
        onValue=${(role) => set({ role })}
        hook="teams.role"
        options=${[
          ["true", t("filter.role.true")],
          ["false", t("filter.role.false")],
        ]}
      />
      <${ColumnChooser} of=${columns} hook="teams" />
    </div>
    <${NewOfListing} listing=${listing} numbers="teams" hook="teams" />
    <${Loaded} of=${list} lines=${8} hook="teams">
      ${({ teams, total }) =>
        teams.length === 0 && total === 0
          ? none()
          : html`
            <${SelectionBar} selection=${selection} total=${total} onAll=${() => all.run()} hook="teams">
              ${["approve", "reject"].map(
                (what) => html`
                  <button
                    key=${what}
                    type="button"
                    class="button small"
                    data-needs="change" data-t=${`teams.bulk-${what}`}
                    onClick=${() => setDeciding(what)}
                  >
                    ${t(`${what}.submit`)}
                  </button>
                `,
              )}
            <//>
            <${ErrorNotice} error=${all.error} />
            <${Table}
              label=${t("nav.teams")}
              hook="teams"
              cards=${true}
              columns=${columns.headings}
              rows=${teams}
              idOf=${(team) => team.team_id}
              nameOf=${(team) => team.name}
              selection=${selection}
              cells=${columns.cells}
              query=${query}
              onQuery=${set}
            />
            <${Pager}
              start=${start}
              page=${listing.page}
              total=${total}
              rows=${teams.length}
              onStart=${listing.setStart}
              onPage=${listing.setPage}
              hook="teams"
            />
          `}
    <//>
    ${
      Decide &&
      html`
        <${Decide}
          names=${{ teams: [...selection.rows.values()], memberships: [] }}
          onClose=${() => setDeciding(null)}
          onDone=${decided}
        />
      `
    }
  `;
}

function AddTeam({ nodes, node, onClose, onDone }) {
  const first = nodes.find((one) => one.parent_id !== null) ?? nodes[0];
  const [form, setForm] = useState({
    name: "",
    node: node || String(first.node_id),
    restrict_share: false,
    restrict_edit: false,
    restrict_view: false,
  });
  const options = useNodeOptions(nodes);
  const act = useAct(async () => {
    const { node: nodeId, name, ...restrictions } = form;
    const team = await post("/teams", { node_id: Number(nodeId), name: name.trim(), ...restrictions });
    onDone(team);
    announce(t("nodes.added", { name: team.name }));
  });
  return html`
    <${DialogForm}
      title=${t("teams.add")}
      hook="team-add"
      onClose=${onClose}
      act=${act}
      submit=${t("nodes.create")}
      submitHook="team-add.submit"
      ready=${form.name.trim() !== ""}
    >
      <p>${t("team.add-text")}</p>
      <${TextField}
        label=${t("nodes.name")}
        value=${form.name}
        onValue=${(name) => setForm({ ...form, name })}
        required
        data-first
        autocomplete="off"
        hook="team-add.name"
      />
      <${SelectField}
        label=${t("people.node")}
        value=${form.node}
        onValue=${(id) => setForm({ ...form, node: id })}
        options=${options}
        hook="team-add.node"
      />
      <${Restrictions} value=${form} onValue=${(change) => setForm({ ...form, ...change })} hook="team-add" />
    <//>
  `;
}

export function Teams() {
  const nodes = useLoad(() => get("/nodes"), []);
  const [adding, setAdding] = useState(false);
  const [{ node }] = useQuery({ node: "" });
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.teams")} /><p class="lead">${t("teams.lead")}</p></div>
      <button
        type="button"
        class="button primary"
        data-needs="change" data-t="teams.add"
        disabled=${!nodes.value}
        onClick=${() => setAdding(true)}
      >
        <${Icon} name="plus" />
        ${t("teams.add")}
      </button>
    </header>
    <section class="card"><${TeamList} nodes=${nodes.value ?? []} onAdd=${() => setAdding(true)} /></section>
    <${CommandLine} hook="teams.cli" lines=${["scimbox team list", "scimbox team add NAME --node ID"]} />
    ${
      adding &&
      nodes.value &&
      html`
        <${AddTeam}
          nodes=${nodes.value}
          node=${node}
          onClose=${() => setAdding(false)}
          onDone=${(team) => navigate(teamHref(team.team_id))}
        />
      `
    }
  `;
}
