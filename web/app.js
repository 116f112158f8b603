// Starts the console: loads language, status and session, then shows the view of the current route.
import { html, render, useEffect, useState } from "./vendor/preact-htm.js";
import { startLanguage, t } from "./lib/i18n.js";
import { begun, call, session, status, unreachable, reconnects } from "./lib/api.js";
import { askedBefore, cameAlong } from "./lib/ahead.js";
import { route, navigate, match } from "./lib/route.js";
import { Loading } from "./lib/feedback.js";
import { Shell, Outside } from "./views/shell/shell.js";
import { Reset } from "./views/session/reset.js";
import { Setup } from "./views/session/setup.js";
import { Login } from "./views/session/login.js";
import { may } from "./lib/rights.js";
import { Forbidden, Missing } from "./views/shell/missing.js";

// Each view with the module that has it, which is loaded when it is needed.
const VIEWS = [
  ["/ui", "Overview", () => import("./views/shell/overview.js")],
  ["/ui/nodes", "Nodes", () => import("./views/nodes/nodes.js")],
  ["/ui/nodes/:id", "Nodes", () => import("./views/nodes/nodes.js")],
  ["/ui/nodes/:id/provisioning/new", "Wizard", () => import("./views/connections/wizard.js")],
  ["/ui/connections", "Connections", () => import("./views/connections/connections.js")],
  ["/ui/connections/:id", "Connection", () => import("./views/connections/connection.js")],
  ["/ui/push", "PushList", () => import("./views/push/push-list.js")],
  ["/ui/push/new", "NewPush", () => import("./views/push/push-editor.js")],
  ["/ui/push/:id", "PushRecord", () => import("./views/push/push-record.js")],
  ["/ui/push/:id/edit", "EditPush", () => import("./views/push/push-editor.js")],
  ["/ui/push/:id/runs/:run", "PushRun", () => import("./views/push/push-run.js")],
  ["/ui/requests", "Requests", () => import("./views/requests/requests.js")],
  ["/ui/requests/:id", "RequestPage", () => import("./views/requests/request.js")],
  ["/ui/users", "Users", () => import("./views/users/users.js")],
  ["/ui/users/:id", "User", () => import("./views/users/user.js")],
  ["/ui/teams", "Teams", () => import("./views/teams/teams.js")],
  ["/ui/teams/:id", "Team", () => import("./views/teams/team.js")],
  ["/ui/approvals", "Approvals", () => import("./views/approvals/approvals.js")],
  ["/ui/outbox", "Outbox", () => import("./views/invitations/outbox.js")],
  ["/ui/audit", "Audit", () => import("./views/audit/audit.js")],
  ["/ui/settings", "Settings", () => import("./views/settings/settings.js")],
  ["/ui/diagnostics", "Diagnostics", () => import("./views/settings/diagnostics.js")],
  ["/ui/backups", "Backups", () => import("./views/backups/backups.js")],
  ["/ui/administrators", "Administrators", () => import("./views/administrators/administrators.js")],
  ["/ui/api-keys", "ApiKeys", () => import("./views/administrators/api-keys.js")],
  ["/ui/api", "ApiReference", () => import("./views/shell/api-reference.js")],
];

// Views in which there is nothing but to change something.
const CHANGING = ["Wizard", "NewPush", "EditPush"];

function Redirect({ to }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}

const loadedViews = new Map();

async function loadView(name, load) {
  loadedViews.set(name, (await load())[name]);
}

async function loadShown() {
  const [, name, load] = VIEWS.find(([pattern]) => match(pattern, route.value.path)) ?? [];
  // What fails is told by the view.
  if (load) await loadView(name, load).catch(() => {});
}

// A view once its module is there. After an update the old module is gone, so the page is read again.
function View({ name, load, ...rest }) {
  const [, again] = useState(0);
  const [error, setError] = useState(false);
  const here = loadedViews.get(name);
  useEffect(() => {
    if (here) return;
    loadView(name, load).then(
      () => again((n) => n + 1),
      () => setError(true),
    );
  }, [name]);
  if (here) return html`<${here} ...${rest} />`;
  if (!error) return html`<${Loading} lines=${6} />`;
  return html`
    <section class="card">
      <p>${t("offline.view")}</p>
      <p>
        <button type="button" class="button" data-t="app.reload" onClick=${() => location.reload()}>
          ${t("act.retry")}
        </button>
      </p>
    </section>
  `;
}

function App() {
  const { path, query } = route.value;
  if (path === "/ui/setup") return html`<${Outside}><${Setup} /><//>`;
  if (status.value?.setup_required) return html`<${Redirect} to="/ui/setup" />`;
  if (path === "/ui/reset") return html`<${Outside}><${Reset} /><//>`;
  if (path === "/ui/login") {
    const next = query.get("next") ?? "/ui/";
    const safe = /^\/ui(\/|$)/.test(next) ? next : "/ui/";
    return session.value ? html`<${Redirect} to=${safe} />` : html`<${Outside}><${Login} /><//>`;
  }
  if (!session.value)
    return html`<${Redirect} to=${`/ui/login?next=${encodeURIComponent(location.pathname + location.search)}`} />`;
  for (const [pattern, name, load] of VIEWS) {
    const found = match(pattern, path);
    // The tree of nodes stays as one of them is chosen.
    const key = pattern === "/ui/nodes/:id" ? "/ui/nodes" : pattern + (found?.id ?? "") + (found?.run ?? "");
    if (found && CHANGING.includes(name) && !may("change")) return html`<${Shell}><${Forbidden} /><//>`;
    if (found) return html`<${Shell}><${View} key=${key} name=${name} load=${load} ...${found} /><//>`;
  }
  return html`<${Shell}><${Missing} /><//>`;
}

async function start() {
  // One call brings what every page needs, and the overview with it, or what this page asked for the last time. Its view is
  // loaded at the same time.
  const isOverview = /^\/ui\/?$/.test(location.pathname);
  const paths = encodeURIComponent(askedBefore().join(" "));
  const [first] = await Promise.all([
    call("GET", `/start?overview=${isOverview}${paths && `&with=${paths}`}`),
    loadShown(),
  ]);
  status.value = first.status;
  session.value = first.session;
  begun.overview = first.overview;
  cameAlong(first.answers);
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
// Not waited for: a view imports this module, which must have ended before.
startOrWait();
