// The page of one connection: header, pending panel while it waits, and its sections as tabs.
import { html, useCallback, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t, ago, dateTime } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { ahead } from "../../lib/ahead.js";
import { useAct, useLoad } from "../../lib/load.js";
import { withNewerExchanges, useLive } from "../../lib/live.js";
import { navigate, Link, route } from "../../lib/route.js";
import { Tabs } from "../../lib/tabs.js";
import { Heading } from "../../lib/heading.js";
import { announce } from "../../lib/announce.js";
import { Chip, ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine } from "../../lib/fields.js";
import { idpName } from "../../lib/idp.js";
import { connectionHref, draftHref, nodeHref } from "../../lib/links.js";
import { Missing } from "../shell/missing.js";
import { PendingPanel } from "./connection-pending.js";
import { Connect } from "./connection-connect.js";
import { Tokens, RotateDialog } from "./connection-tokens.js";
import { RequestList } from "../requests/request-list.js";
import { ConnectionSandbox } from "./connection-sandbox.js";
import { Behaviour } from "./connection-behaviour.js";
import { DeleteConnection } from "./connection-delete.js";
import { UserList } from "../users/users.js";
import { TeamList } from "../teams/teams.js";

const TABS = ["connect", "tokens", "requests", "users", "teams", "behaviour"];

function Header({ connection, set, open }) {
  const { scim_id: id, state, attention } = connection;
  const paused = state === "paused";
  const toggle = useAct(async () => {
    set(await post(`/connections/${id}/${paused ? "resume" : "pause"}`));
    announce(t(paused ? "connection.resumed" : "connection.paused"));
  });
  return html`
    <header class="page-head connection-head">
      <div>
        <p class="crumb">
          <${Link} href=${nodeHref(connection.node_id)} data-t="connection.node">${connection.node_path}<//>
        </p>
        <${Heading} text=${connection.node_name} />
        <p class="chips">
          <${Chip} state=${state} hook="connection.state" />
          ${attention && html`<${Chip} state="attention" hook="connection.attention" />`}
          <span>${idpName(connection.idp)}</span>
          <span class="faint">
            ${t("connection.last-synced")}:${" "}
            <time
              data-t="connection.last-synced"
              datetime=${connection.last_synced}
              title=${connection.last_synced ? dateTime(connection.last_synced) : null}
            >
              ${connection.last_synced ? ago(connection.last_synced) : t("time.not-synced")}
            </time>
          </span>
        </p>
      </div>
      <div class="row">
        <button
          type="button"
          class=${paused ? "button primary" : "button"}
          data-needs="change" data-t="connection.pause"
          aria-busy=${toggle.busy ? "true" : null}
          onClick=${() => toggle.run()}
        >
          ${paused ? t("connection.resume") : t("connection.pause")}
        </button>
        <${Link} class="button" href=${`${connectionHref(id)}?tab=behaviour`} data-needs="change" data-t="connection.edit">
          ${t("connection.edit")}
        <//>
        <button type="button" class="button" data-needs="change" data-t="connection.rotate" onClick=${() => open("rotate")}>
          ${t("token.rotate")}
        </button>
        <button type="button" class="button danger" data-needs="change" data-t="connection.delete" onClick=${() => open("delete")}>
          ${t("act.delete")}
        </button>
      </div>
    </header>
    <${ErrorNotice} error=${toggle.error} />
    <${ConnectionSandbox} connection=${connection} />
    ${
      paused &&
      html`
        <${Notice} kind="warn" hook="connection.paused-banner">
          <p>${t("connection.paused-banner", { idp: idpName(connection.idp) })}</p>
        <//>
      `
    }
    ${
      attention &&
      html`<${Notice} kind="bad" hook="connection.attention-text"><p>${t(`attention.${attention}`)}</p><//>`
    }
  `;
}

function Page({ connection, set }) {
  const [dialog, setDialog] = useState(null);
  const wasPending = useRef(connection.state === "pending");
  const before = useRef(connection.state);
  const asked = route.value.query.get("tab");
  const tab = TABS.includes(asked) ? asked : "connect";
  const { scim_id: id, state } = connection;
  useEffect(() => {
    if (state !== before.current && state === "active" && before.current === "pending")
      announce(t("connection.now-active"));
    if (state === "pending") wasPending.current = true;
    before.current = state;
  }, [state]);
  const waiting = state === "pending" || (state === "active" && (wasPending.current || !connection.first_write_at));
  const shared = { connection, set };
  const nodeQuery = String(connection.node_id);
  return html`
    <${Header} connection=${connection} set=${set} open=${setDialog} />
    ${waiting && html`<${PendingPanel} connection=${connection} />`}
    <${Tabs}
      label=${t("connection.sections")}
      hook="connection.tab"
      current=${tab}
      tabs=${TABS.map((name) => [name, t(`tab.${name}`)])}
      onChoose=${(name) => navigate(`${connectionHref(id)}?tab=${name}`, { replace: true })}
    />
    <section class="card tab-panel" role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${tab}`}>
      ${tab === "connect" && html`<${Connect} ...${shared} waiting=${waiting} />`}
      ${tab === "tokens" && html`<${Tokens} ...${shared} onRotate=${() => setDialog("rotate")} />`}
      ${
        tab === "requests" &&
        html`
          <h2>${t("tab.requests")}</h2>
          <${RequestList}
            connection=${connection}
            empty=${t("requests.empty-text", { idp: idpName(connection.idp) })}
          />
        `
      }
      ${
        tab === "users" &&
        html`<h2>${t("nav.users")}</h2><${UserList} version=${connection.last_synced} nodeId=${nodeQuery} />`
      }
      ${
        tab === "teams" &&
        html`<h2>${t("nav.teams")}</h2><${TeamList} version=${connection.last_synced} nodeId=${nodeQuery} />`
      }
      ${tab === "behaviour" && html`<${Behaviour} ...${shared} />`}
    </section>
    <${CommandLine}
      hook="connection.cli"
      lines=${[
        "scimbox scim list",
        `scimbox scim view ${id}`,
        `scimbox scim edit ${id} --role-prefix P`,
        `scimbox scim rotate ${id} --overlap 24h`,
        `scimbox scim delete ${id}`,
      ]}
    />
    ${dialog === "rotate" && html`<${RotateDialog} ...${shared} onClose=${() => setDialog(null)} />`}
    ${dialog === "delete" && html`<${DeleteConnection} connection=${connection} onClose=${() => setDialog(null)} />`}
  `;
}

function Draft({ connection }) {
  const to = draftHref(connection.node_id);
  useEffect(() => navigate(to, { replace: true }), []);
  return null;
}

export function Connection({ id }) {
  const path = `/connections/${id}`;
  const one = useLoad(
    () => get(path),
    [id],
    false,
    () => ahead(path),
  );
  const arrived = useCallback((connection) => one.set(connection), [one.set]);
  const answered = useCallback((connection) => one.set((shown) => withNewerExchanges(shown, connection)), [one.set]);
  const live = one.value !== null && one.value.state !== "draft";
  useLive(live ? id : null, arrived);
  if (one.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("connection.gone")} />`;
  if (one.value === null) {
    return html`
      <header class="page-head"><${Heading} text=${t("connection.title")} /></header>
      <${Loaded} of=${one} hook="connection" />
    `;
  }
  return one.value.state === "draft"
    ? html`<${Draft} connection=${one.value} />`
    : html`<${Page} connection=${one.value} set=${answered} />`;
}
