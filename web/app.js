// Starts the console: loads language, status and session, then shows the view of the current route.
import { html, render, useEffect } from "./vendor/preact-htm.js";
import { startLanguage, t } from "./lib/i18n.js";
import { get, session, status, unreachable, reconnects } from "./lib/api.js";
import { route, navigate, match } from "./lib/route.js";
import { Shell, Outside } from "./views/shell/shell.js";
import { Setup } from "./views/session/setup.js";
import { Login } from "./views/session/login.js";
import { Overview } from "./views/shell/overview.js";
import { Nodes } from "./views/nodes/nodes.js";
import { Wizard } from "./views/connections/wizard.js";
import { Connections } from "./views/connections/connections.js";
import { Connection } from "./views/connections/connection.js";
import { PushList } from "./views/push/push-list.js";
import { EditPush, NewPush } from "./views/push/push-editor.js";
import { PushRecord } from "./views/push/push-record.js";
import { PushRun } from "./views/push/push-run.js";
import { Requests } from "./views/requests/requests.js";
import { RequestPage } from "./views/requests/request.js";
import { Users } from "./views/users/users.js";
import { User } from "./views/users/user.js";
import { Teams } from "./views/teams/teams.js";
import { Team } from "./views/teams/team.js";
import { Approvals } from "./views/approvals/approvals.js";
import { Outbox } from "./views/invitations/outbox.js";
import { Audit } from "./views/audit/audit.js";
import { Settings } from "./views/settings/settings.js";
import { Administrators } from "./views/administrators/administrators.js";
import { ApiKeys } from "./views/administrators/api-keys.js";
import { ApiReference } from "./views/shell/api-reference.js";
import { Missing } from "./views/shell/missing.js";

const VIEWS = [
  ["/ui", Overview],
  ["/ui/nodes", Nodes],
  ["/ui/nodes/:id", Nodes],
  ["/ui/nodes/:id/provisioning/new", Wizard],
  ["/ui/connections", Connections],
  ["/ui/connections/:id", Connection],
  ["/ui/push", PushList],
  ["/ui/push/new", NewPush],
  ["/ui/push/:id", PushRecord],
  ["/ui/push/:id/edit", EditPush],
  ["/ui/push/:id/runs/:run", PushRun],
  ["/ui/requests", Requests],
  ["/ui/requests/:id", RequestPage],
  ["/ui/users", Users],
  ["/ui/users/:id", User],
  ["/ui/teams", Teams],
  ["/ui/teams/:id", Team],
  ["/ui/approvals", Approvals],
  ["/ui/outbox", Outbox],
  ["/ui/audit", Audit],
  ["/ui/settings", Settings],
  ["/ui/administrators", Administrators],
  ["/ui/api-keys", ApiKeys],
  ["/ui/api", ApiReference],
];

function Redirect({ to }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}

function App() {
  const { path, query } = route.value;
  if (path === "/ui/setup") return html`<${Outside}><${Setup} /><//>`;
  if (status.value?.setup_required) return html`<${Redirect} to="/ui/setup" />`;
  if (path === "/ui/login") {
    const next = query.get("next") ?? "/ui/";
    const safe = /^\/ui(\/|$)/.test(next) ? next : "/ui/";
    return session.value ? html`<${Redirect} to=${safe} />` : html`<${Outside}><${Login} /><//>`;
  }
  if (!session.value)
    return html`<${Redirect} to=${`/ui/login?next=${encodeURIComponent(location.pathname + location.search)}`} />`;
  for (const [pattern, View] of VIEWS) {
    const found = match(pattern, path);
    if (found)
      return html`
        <${Shell}>
          <${View} key=${pattern === "/ui/nodes/:id" ? "/ui/nodes" : pattern + (found.id ?? "") + (found.run ?? "")} ...${found} />
        <//>
      `;
  }
  return html`<${Shell}><${Missing} /><//>`;
}

async function start() {
  status.value = await get("/status");
  // Asking for a session that cannot exist would only put a 401 into the browser's console.
  if (!status.value.setup_required && status.value.signed_in !== false) {
    try {
      session.value = await get("/session");
    } catch (error) {
      if (error.code !== "SIGN_IN_REQUIRED") throw error;
    }
  }
  render(html`<${App} />`, document.getElementById("app"));
}

async function startOrWait() {
  try {
    await start();
  } catch {
    render(
      html`<main class="outside"><p class="card">${t("offline.start")}</p></main>`,
      document.getElementById("app"),
    );
    const stop = reconnects.subscribe((count) => {
      if (count > 0 && !unreachable.value) {
        stop();
        startOrWait();
      }
    });
  }
}

await startLanguage();
await startOrWait();
