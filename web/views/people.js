// Users and teams: paged, searchable, read-only lists, as pages and inside a connection.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { t, ago, dateTime } from "../lib/i18n.js";
import { get } from "../lib/api.js";
import { useLoad } from "../lib/load.js";
import { Link, navigate, route } from "../lib/route.js";
import { Heading } from "../lib/heading.js";
import { Chip, Empty, Loaded } from "../lib/feedback.js";
import { Field } from "../lib/fields.js";

const PAGE = 50;

const COLUMNS = {
  users: {
    heads: ["user", "state", "node", "teams", "external-id", "changed"],
    row: (user, nodes) => html`<tr key=${user.user_id} data-t="users.row">
      <th scope="row">${user.display_name ?? user.user_name}${user.display_name && html`<br /><span class="faint">${user.user_name}</span>`}</th>
      <td><${Chip} state=${user.state} word=${user.lock === "idp" ? t("state.locked-by-idp") : null} /></td>
      ${nodes && html`<td><${Link} href=${`/ui/nodes/${user.node_id}`} data-t="users.node-link">${user.node_name}<//></td>`}
      <td>${user.teams}</td><td class="mono">${user.external_id ?? "–"}</td>
      <td class="keep"><time datetime=${user.modified_at} title=${dateTime(user.modified_at)}>${ago(user.modified_at)}</time></td></tr>`,
  },
  teams: {
    heads: ["team", "state", "node", "members", "external-id", "changed"],
    row: (team, nodes) => html`<tr key=${team.team_id} data-t="teams.row">
      <th scope="row">${team.name}${team.role && html` <span class="tag">${t("team.role")}</span>`}</th>
      <td><${Chip} state=${team.state} word=${team.state === "pending" ? t("state.pending-approval") : null} /></td>
      ${nodes && html`<td><${Link} href=${`/ui/nodes/${team.node_id}`} data-t="teams.node-link">${team.node_name}<//></td>`}
      <td>${team.members}${team.pending_members > 0 && html`<br /><span class="faint">${t("team.pending-members", { n: team.pending_members })}</span>`}</td>
      <td class="mono">${team.external_id ?? "–"}</td>
      <td class="keep"><time datetime=${team.modified_at} title=${dateTime(team.modified_at)}>${ago(team.modified_at)}</time></td></tr>`,
  },
};

// `value` a short moment after it stopped changing.
function useSettled(value) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function List({ kind, nodeId, nodes, onNode, version }) {
  const [q, setQ] = useState("");
  const [start, setStart] = useState(1);
  const asked = useSettled(q.trim());
  const settledVersion = useSettled(version);
  const list = useLoad(() => get(`/${kind}?${new URLSearchParams({ ...(nodeId && { node_id: nodeId }), q: asked, start: String(start), count: String(PAGE) })}`), [kind, nodeId, asked, start, settledVersion], true);
  useEffect(() => setStart(1), [asked, nodeId]);
  const heads = COLUMNS[kind].heads.filter((name) => nodes || name !== "node");
  return html`<div class="filters" role="search">
      <${Field} label=${t(`${kind}.search`)}>${(wiring) => html`<input type="search" ...${wiring} value=${q} data-t=${`${kind}.search`} onInput=${(event) => setQ(event.currentTarget.value)} />`}<//>
      ${nodes && html`<${Field} label=${t("people.node")}>${(wiring) => html`<select ...${wiring} value=${nodeId} data-t=${`${kind}.node`} onChange=${(event) => onNode(event.currentTarget.value)}>
        <option value="" selected=${nodeId === ""}>${t("people.all-nodes")}</option>
        ${nodes.map((node) => html`<option key=${node.node_id} value=${String(node.node_id)} selected=${String(node.node_id) === nodeId}>${node.path}</option>`)}</select>`}<//>`}
    </div>
    <${Loaded} of=${list} lines=${6} hook=${kind}>${(page) => {
      const rows = page[kind];
      if (rows.length === 0) {
        return asked
          ? html`<${Empty} icon=${kind} title=${t("people.none-found")} text=${t("people.none-found-text", { q: asked })} hook=${`${kind}.none`}><button type="button" class="button" data-t=${`${kind}.clear`} onClick=${() => setQ("")}>${t("people.clear")}</button><//>`
          : html`<${Empty} icon=${kind} title=${t(`${kind}.empty-title`)} text=${t(`${kind}.empty-text`)} hook=${`${kind}.empty`} />`;
      }
      const end = start + rows.length - 1;
      return html`<div class="table-frame" tabindex="0" role="region" aria-label=${t(`nav.${kind}`)}><table>
          <thead><tr>${heads.map((name) => html`<th key=${name} scope="col">${t(`column.${name}`)}</th>`)}</tr></thead>
          <tbody>${rows.map((row) => COLUMNS[kind].row(row, nodes))}</tbody></table></div>
        <div class="pager"><p class="faint" role="status" data-t=${`${kind}.range`}>${t("people.range", { start, end, total: page.total })}</p>
          <div class="row"><button type="button" class="button" disabled=${start === 1} data-t=${`${kind}.previous`} onClick=${() => setStart(Math.max(1, start - PAGE))}>${t("people.previous")}</button>
            <button type="button" class="button" disabled=${end >= page.total} data-t=${`${kind}.next`} onClick=${() => setStart(start + PAGE)}>${t("act.next")}</button></div></div>`;
    }}<//>`;
}

// `version` is any value that changes when the list should be read again.
export const UserList = ({ nodeId, version }) => html`<h2>${t("nav.users")}</h2><${List} kind="users" nodeId=${nodeId} version=${version} />`;
export const TeamList = ({ nodeId, version }) => html`<h2>${t("nav.teams")}</h2><${List} kind="teams" nodeId=${nodeId} version=${version} />`;

function Page({ kind }) {
  const nodes = useLoad(() => get("/nodes"), []);
  const nodeId = route.value.query.get("node") ?? "";
  const choose = (id) => navigate(`/ui/${kind}${id ? `?node=${id}` : ""}`, { replace: true });
  return html`<header class="page-head"><div><${Heading} text=${t(`nav.${kind}`)} /><p class="lead">${t(`${kind}.lead`)}</p></div></header>
    <section class="card"><${List} kind=${kind} nodeId=${nodeId} nodes=${nodes.value ?? []} onNode=${choose} /></section>`;
}

export const Users = () => html`<${Page} kind="users" />`;
export const Teams = () => html`<${Page} kind="teams" />`;
