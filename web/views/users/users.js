// Users: the list with filters, order, pages and acts on many, as a page and inside a connection.
import { html, useState } from "../../vendor/preact-htm.js";
import { number, t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { Link, navigate } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Empty, ErrorNotice, Loaded } from "../../lib/feedback.js";
import { CommandLine } from "../../lib/fields.js";
import { Icon } from "../../lib/icons.js";
import { Clipped, ColumnChooser, useColumns } from "../../lib/columns.js";
import { useQuery } from "../../lib/query.js";
import { NewOfListing, NoneFound, useListing } from "../../lib/listing.js";
import { NodeFilter, SearchFilter, SelectFilter } from "../../lib/filters.js";
import { MAX_SELECTION, Pager, SelectionBar, Table, useSelection } from "../../lib/table.js";
import { Address } from "../../lib/person.js";
import { Ago } from "../../lib/moment.js";
import { nodeHref, userHref } from "../../lib/links.js";
import { InvitationChip, UserState } from "./user-state.js";
import { UserBulk, BULK_ACTS } from "./users-bulk.js";
import { AddUser } from "./user-add.js";

const DEFAULTS = { node: "", state: "", lock: "", origin: "", q: "", sort: "created_at", order: "asc", start: "1" };
const FILTERS = ["node", "state", "lock", "origin", "q"];

function Filters({ query, set, nodes, columns }) {
  const select = (name, values) => html`
    <${SelectFilter}
      label=${t(`filter.${name}`)}
      value=${query[name]}
      onValue=${(value) => set({ [name]: value })}
      hook=${`users.${name}`}
      options=${values.map((value) => [value, t(`filter.${name}.${value}`)])}
    />
  `;
  return html`
    <div class="filters many" role="search">
      <${SearchFilter}
        label=${t("users.search")}
        value=${query.q}
        onValue=${(q) => set({ q }, { replace: true })}
        hook="users.search"
      />
      ${
        nodes &&
        html`<${NodeFilter} nodes=${nodes} value=${query.node} onValue=${(node) => set({ node })} hook="users.node" />`
      }
      ${select("state", ["invited", "active", "locked"])}
      ${select("lock", ["none", "idp", "admin"])}
      ${select("origin", ["scim", "hand"])}
      <${ColumnChooser} of=${columns} hook="users" />
    </div>
  `;
}

const COLUMNS = [
  {
    name: "user-name",
    sort: "user_name",
    always: true,
    cell: (user) => html`
      <${Link} href=${userHref(user.user_id)} data-t="users.open"><${Address} text=${user.user_name} /><//>
    `,
  },
  { name: "name", sort: "display_name", cell: (user) => html`<${Clipped} text=${user.display_name} />` },
  { name: "external-id", extra: true, kind: "mono", cell: (user) => html`<${Clipped} text=${user.external_id} />` },
  { name: "state", cell: (user) => html`<${UserState} user=${user} brief=${true} />` },
  {
    name: "node",
    cell: (user) => html`
      <${Link} href=${nodeHref(user.node_id)} data-t="users.node-link">${user.node_name}<//>
    `,
  },
  { name: "teams", cell: (user) => number(user.teams) },
  { name: "invitation", cell: (user) => html`<${InvitationChip} user=${user} />` },
  { name: "changed", sort: "modified_at", kind: "keep", cell: (user) => html`<${Ago} at=${user.modified_at} />` },
];

// Inside a connection all rows have the same node, and the ids are the provider's.
const OF_CONNECTION = COLUMNS.filter(({ name }) => name !== "node").map((one) => ({ ...one, extra: false }));

function NothingHere({ listing, onAdd }) {
  if (listing.filtered) return html`<${NoneFound} q=${listing.query.q} onClear=${listing.clear} hook="users" />`;
  return html`
    <${Empty} icon="users" title=${t("users.empty-title")} text=${t("users.empty-text")} hook="users.empty">
      ${
        onAdd &&
        html`
          <button type="button" class="button primary" data-needs="change" data-t="users.empty-add" onClick=${onAdd}>
            ${t("users.add")}
          </button>
        `
      }
    <//>
  `;
}

// A change of `version` reads the list again; `nodeId` limits it to one node.
export function UserList({ nodeId, nodes, version, onAdd }) {
  const listing = useListing({
    path: "/users",
    field: "users",
    defaults: DEFAULTS,
    names: FILTERS,
    fixed: nodeId ? { node: nodeId } : {},
    version,
  });
  const { query, set, filters, start, list } = listing;
  const [bulk, setBulk] = useState(null);
  const selection = useSelection(filters);
  const all = useAct(async () =>
    selection.select((await listing.fetchRows(1, MAX_SELECTION)).users, true, (user) => user.user_id),
  );
  const columns = useColumns(nodes ? "users" : "connection-users", nodes ? COLUMNS : OF_CONNECTION);
  const exported = `/api/v1/users/export${filters && "?"}${filters}`;
  return html`
    <${Filters} query=${query} set=${set} nodes=${nodes} columns=${columns} />
    <${NewOfListing} listing=${listing} numbers="users" hook="users" />
    <${Loaded} of=${list} lines=${8} hook="users">
      ${({ users, total }) =>
        users.length === 0 && total === 0
          ? html`<${NothingHere} listing=${listing} onAdd=${onAdd} />`
          : html`
            <${SelectionBar} selection=${selection} total=${total} onAll=${() => all.run()} hook="users">
              ${BULK_ACTS.map(
                (act) => html`
                  <button
                    key=${act}
                    type="button"
                    class=${act === "delete" ? "button small danger" : "button small"}
                    data-needs="change" data-t=${`users.bulk-${act}`}
                    onClick=${() => setBulk(act)}
                  >
                    ${t(`bulk.${act}`)}
                  </button>
                `,
              )}
            <//>
            <${ErrorNotice} error=${all.error} />
            <${Table}
              label=${t("nav.users")}
              hook="users"
              cards=${true}
              columns=${columns.headings}
              rows=${users}
              idOf=${(user) => user.user_id}
              nameOf=${(user) => user.user_name}
              cells=${columns.cells}
              query=${query}
              onQuery=${set}
              selection=${selection}
            />
            <${Pager}
              start=${start}
              page=${listing.page}
              total=${total}
              rows=${users.length}
              onStart=${listing.setStart}
              onPage=${listing.setPage}
              hook="users"
            />
            <p>
              <a class="quiet-link" href=${exported} download data-t="users.export">
                <${Icon} name="download" small=${true} />
                ${t("users.export", { n: total })}
              </a>
            </p>
          `}
    <//>
    ${
      bulk &&
      html`
        <${UserBulk}
          act=${bulk}
          users=${[...selection.rows.values()]}
          onClose=${() => setBulk(null)}
          onDone=${(failed) => {
            selection.keep(failed);
            list.reload();
          }}
        />
      `
    }
  `;
}

export function Users() {
  const nodes = useLoad(() => get("/nodes"), []);
  const [adding, setAdding] = useState(false);
  const [{ node }] = useQuery({ node: "" });
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.users")} /><p class="lead">${t("users.lead")}</p></div>
      <button
        type="button"
        class="button primary"
        data-needs="change" data-t="users.add"
        disabled=${!nodes.value}
        onClick=${() => setAdding(true)}
      >
        <${Icon} name="plus" />
        ${t("users.add")}
      </button>
    </header>
    <section class="card"><${UserList} nodes=${nodes.value ?? []} onAdd=${() => setAdding(true)} /></section>
    <${CommandLine}
      hook="users.cli"
      lines=${["scimbox user list", "scimbox user add NAME --node ID", "scimbox user lock ID"]}
    />
    ${
      adding &&
      nodes.value &&
      html`
        <${AddUser}
          nodes=${nodes.value}
          node=${node}
          onClose=${() => setAdding(false)}
          onDone=${(user) => navigate(userHref(user.user_id))}
        />
      `
    }
  `;
}
