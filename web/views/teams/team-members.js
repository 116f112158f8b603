// The members of a team: pages, what each waits for, adding users of the node, removing some.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Icon } from "../../lib/icons.js";
import { Chip, Empty, Loaded } from "../../lib/feedback.js";
import { queryString, useQuery } from "../../lib/query.js";
import { startRow, useLastPage } from "../../lib/listing.js";
import { SearchFilter, SelectFilter } from "../../lib/filters.js";
import { Pager, SelectionBar, Table, useSelection } from "../../lib/table.js";
import { Ago } from "../../lib/moment.js";
import { Person } from "../../lib/person.js";
import { WaitingFor } from "../../lib/waiting-for.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { NameList } from "../../lib/name-list.js";
import { UserState } from "../users/user-state.js";

const PAGE_SIZE = 25;
const PAGE_SIZE_OF_SEARCH = 20;

function AddMembers({ team, onClose, onDone }) {
  const [q, setQ] = useState("");
  const [start, setStart] = useState(1);
  const selection = useSelection("");
  const found = useLoad(
    () =>
      get(`/users?${queryString({ node_id: team.node_id, q, start, count: PAGE_SIZE_OF_SEARCH, sort: "user_name" })}`),
    [q, start],
    true,
  );
  const act = useAct(async () => {
    const next = await post(`/teams/${encodeURIComponent(team.team_id)}/members`, {
      add: [...selection.rows.keys()],
      remove: [],
    });
    onDone(next);
    announce(t("members.added", { n: selection.rows.size }));
  });
  const search = (text) => {
    setQ(text);
    setStart(1);
  };
  return html`
    <${DialogForm}
      title=${t("members.add-title", { name: team.name })}
      hook="members-add"
      onClose=${onClose}
      act=${act}
      wide=${true}
      submit=${t("members.add-submit", { n: selection.rows.size })}
      submitHook="members-add.submit"
      ready=${selection.rows.size > 0}
    >
      <p>${t("members.add-text", { node: team.node_name })}</p>
      <${SearchFilter} label=${t("users.search")} value=${q} onValue=${search} hook="members-add.search" />
      <${Loaded} of=${found} lines=${4} hook="members-add">
        ${({ users, total }) =>
          users.length === 0
            ? html`
              <p class="faint" role="status" data-t="members-add.none">
                ${q ? t("people.none-found-text", { q }) : t("members.nobody", { node: team.node_name })}
              </p>
            `
            : html`
              <${Table}
                label=${t("nav.users")}
                hook="members-add"
                columns=${["user-name", "state"]}
                rows=${users}
                idOf=${(user) => user.user_id}
                nameOf=${(user) => user.user_name}
                selection=${selection}
                cells=${(user) => html`
                  <th scope="row">
                    ${user.user_name}
                    ${user.display_name && html`<br /><span class="faint">${user.display_name}</span>`}
                  </th>
                  <td><${UserState} user=${user} brief=${true} /></td>
                `}
              />
              <${Pager}
                start=${start}
                page=${PAGE_SIZE_OF_SEARCH}
                total=${total}
                rows=${users.length}
                onStart=${setStart}
                hook="members-add"
              />
            `}
      <//>
    <//>
  `;
}

function RemoveMembers({ team, members, onClose, onDone }) {
  const act = useAct(async () => {
    const next = await post(`/teams/${encodeURIComponent(team.team_id)}/members`, {
      add: [],
      remove: members.map((member) => member.user_id),
    });
    onDone(next);
    announce(t("members.removed", { n: members.length }));
  });
  return html`
    <${DialogForm}
      title=${t("members.remove-title", { n: members.length })}
      hook="members-remove"
      onClose=${onClose}
      act=${act}
      submit=${t("members.remove")}
      submitHook="members-remove.submit"
      danger=${true}
    >
      <p>${t(team.connection && team.origin === "scim" ? "members.remove-text-scim" : "members.remove-text")}</p>
      <${NameList} names=${members.map((member) => member.user_name)} />
    <//>
  `;
}

export function TeamMembers({ team, set }) {
  const [query, setQuery] = useQuery({ state: "", start: "1" });
  const [dialog, setDialog] = useState(null);
  const start = startRow(query);
  const list = useLoad(
    () =>
      get(
        `/teams/${encodeURIComponent(team.team_id)}/members?${queryString({ state: query.state, start, count: PAGE_SIZE })}`,
      ),
    [team.team_id, team.state, query.state, start],
    true,
  );
  useLastPage(list, "members", start, PAGE_SIZE, (last) => setQuery({ start: String(last) }, { replace: true }));
  const selection = useSelection(query.state);
  const done = (next) => {
    set(next);
    setDialog(null);
    selection.clear();
    list.reload();
  };
  return html`
    <section class="card" aria-labelledby="members-title">
      <div class="panel-head">
        <h2 id="members-title">${t("column.members")}</h2>
        <button type="button" class="button" data-needs="change" data-t="members.add" onClick=${() => setDialog("add")}>
          <${Icon} name="plus" />
          ${t("members.add")}
        </button>
      </div>
      <div class="filters">
        <${SelectFilter}
          label=${t("column.membership")}
          value=${query.state}
          onValue=${(state) => setQuery({ state })}
          hook="members.state"
          options=${["pending", "approved", "rejected"].map((state) => [state, t(`membership.${state}`)])}
        />
      </div>
      <${Loaded} of=${list} hook="members">
        ${({ members, total }) =>
          members.length === 0 && total === 0
            ? html`
              <${Empty}
                icon="users"
                title=${t(query.state ? "people.none-found" : "members.empty-title")}
                text=${t(query.state ? "people.none-match" : "members.empty-text")}
                hook="members.empty"
              />
            `
            : html`
              <${SelectionBar} selection=${selection} total=${total} hook="members">
                <button
                  type="button"
                  class="button small danger"
                  data-needs="change" data-t="members.remove"
                  onClick=${() => setDialog("remove")}
                >
                  ${t("members.remove")}
                </button>
              <//>
              <${Table}
                label=${t("column.members")}
                hook="members"
                columns=${["user", "state", "membership", "waits-for", "since"]}
                rows=${members}
                idOf=${(member) => member.user_id}
                nameOf=${(member) => member.user_name}
                selection=${selection}
                cells=${(member) => html`
                  <th scope="row"><${Person} user=${member} hook="members.open" /></th>
                  <td><${Chip} state=${member.user_state} /></td>
                  <td><${Chip} state=${member.state} word=${t(`membership.${member.state}`)} /></td>
                  <td><${WaitingFor} row=${member} /></td>
                  <td class="keep"><${Ago} at=${member.created_at} /></td>
                `}
              />
              <${Pager}
                start=${start}
                page=${PAGE_SIZE}
                total=${total}
                rows=${members.length}
                onStart=${(next) => setQuery({ start: String(next) })}
                hook="members"
              />
            `}
      <//>
      ${dialog === "add" && html`<${AddMembers} team=${team} onClose=${() => setDialog(null)} onDone=${done} />`}
      ${
        dialog === "remove" &&
        html`
          <${RemoveMembers}
            team=${team}
            members=${[...selection.rows.values()]}
            onClose=${() => setDialog(null)}
            onDone=${done}
          />
        `
      }
    </section>
  `;
}
