// Overview: the first three steps with ticks from the real state, and a card for each connection.
import { html, useEffect, useRef } from "../../vendor/preact-htm.js";
import { t, ago, mebibytes, number } from "../../lib/i18n.js";
import { begun, get, session } from "../../lib/api.js";
import { useNews } from "../../lib/live.js";
import { Fact } from "../../lib/fact.js";
import { useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Icon } from "../../lib/icons.js";
import { Chip, Loaded } from "../../lib/feedback.js";
import { connectionHref, wizardHref } from "../../lib/links.js";
import { Needs } from "./needs.js";
import { RequestRate } from "./request-rate.js";
import { ConnectionCard } from "../connections/connections.js";

// At most so often while something happens all the time.
const PAUSE_MS = 3000;
const LABELS = { nodes: "nav.nodes", users: "nav.users", teams: "nav.teams" };

function Step({ done, now, place, name, href }) {
  return html`
    <li
      class=${done ? "step done" : now ? "step now" : "step"}
      data-t=${`overview.step-${name}`}
      data-done=${String(done)}
    >
      <span class="step-mark" aria-hidden="true">${done ? html`<${Icon} name="check" />` : place}</span>
      <div class="step-text">
        <strong>${t(`overview.step.${name}`)}</strong>
        <span class="faint">${t(`overview.step.${name}.text`)}</span>
        ${done && html`<span class="off-screen">${t("overview.done")}</span>`}
      </div>
      ${
        now &&
        html`
          <${Link} class="button primary" href=${href} data-t=${`overview.go-${name}`}>${t(`overview.go.${name}`)}<//>
        `
      }
    </li>
  `;
}

function Checklist({ nodes, free, connections }) {
  const saved = connections.filter((connection) => connection.state !== "draft");
  const done = [nodes > 0, saved.length > 0, saved.some((connection) => connection.first_request_at)];
  if (done.every(Boolean)) return null;
  const now = done.indexOf(false);
  const hrefs = [
    "/ui/nodes?add=1",
    free ? wizardHref(free) : "/ui/nodes?add=1",
    saved.length ? connectionHref(saved[0].scim_id) : "/ui/connections",
  ];
  return html`
    <section class="card" aria-labelledby="first-steps">
      <h2 id="first-steps">${t("overview.first-steps")}</h2>
      <ol class="steps">
        ${["node", "scim", "test"].map(
          (name, i) =>
            html`<${Step} key=${name} name=${name} place=${i + 1} done=${done[i]} now=${i === now} href=${hrefs[i]} />`,
        )}
      </ol>
    </section>
  `;
}

const stateOf = (connection) => (connection.attention ? "attention" : connection.state);

// How many connections there are in each state, once there are several.
function States({ connections }) {
  if (connections.length < 2) return null;
  const states = ["attention", "pending", "paused", "active"];
  const counts = states.map((state) => [state, connections.filter((one) => stateOf(one) === state).length]);
  return html`
    <p class="chips" data-t="overview.states">
      ${counts
        .filter(([, n]) => n > 0)
        .map(
          ([state, n]) => html`<${Chip} key=${state} state=${state} word=${`${t(`state.${state}`)} ${number(n)}`} />`,
        )}
    </p>
  `;
}

// How the appliance itself is.
function Health({ health }) {
  const { problem, database_bytes: bytes, certificate_days: days, mail, mail_problem: said } = health;
  return html`
    <section class="card" aria-labelledby="health-title" data-t="overview.health">
      <h2 id="health-title">${t("health.title")}</h2>
      <dl class="facts">
        <${Fact} name=${t("health.database")}>
          ${problem ? t("health.problem", { code: problem }) : t("health.good")}${bytes !== null && ` · ${mebibytes(bytes)}`}
        <//>
        <${Fact} name=${t("health.mail")}>${said ? t("health.mail-fails", { said }) : t(mail ? "health.good" : "health.no-mail")}<//>
        ${days !== null && html`<${Fact} name=${t("health.certificate")}>${t("health.days", { n: days })}<//>`}
      </dl>
    </section>
  `;
}

// The first one came with the page.
async function read() {
  const { overview } = begun;
  begun.overview = null;
  return overview ?? get("/overview");
}

export function Overview() {
  const all = useLoad(read, []);
  const timer = useRef(null);
  useNews(
    () => {
      timer.current ??= setTimeout(() => {
        timer.current = null;
        all.reload();
      }, PAUSE_MS);
    },
    ({ event, request }) => `${event} ${request}`,
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  return html`
    <header class="page-head">
      <div>
        <${Heading} text=${t("nav.overview")} />
        <p class="lead">${t("overview.lead", { name: session.value.admin.name })}</p>
      </div>
    </header>
    <${Loaded} of=${all} lines=${8} hook="overview">
      ${(overview) => {
        const { nodes, users, teams, invited, seats, connections, health, hours } = overview;
        const saved = connections.filter((connection) => connection.state !== "draft");
        const latest = saved
          .map((connection) => connection.last_synced)
          .filter(Boolean)
          .sort()
          .at(-1);
        const backup = health.newest_backup_at;
        const figure = (name, value, href, words = false) => html`
          <${Link} class="figure card" href=${href} data-t=${`overview.${name}`}>
            <span class=${words ? "figure-value words" : "figure-value"}>${value}</span>
            <span class="faint">${t(LABELS[name] ?? `overview.${name}`)}</span>
          <//>
        `;
        return html`
          <${Checklist} nodes=${nodes} free=${overview.free_node_id} connections=${connections} />
          <${Needs} overview=${overview} />
          ${saved.length > 0 && html`<${RequestRate} hours=${hours} />`}
          <div class="figures">
            ${figure("nodes", number(nodes), "/ui/nodes")}
            ${figure("users", number(users), "/ui/users")}
            ${figure("teams", number(teams), "/ui/teams")}
            ${figure("last-sync", latest ? ago(latest) : t("time.not-synced"), "/ui/connections", true)}
            ${figure("invitations", number(invited), "/ui/users?state=invited")}
            ${figure("backup", backup ? ago(backup) : t("overview.no-backup"), "/ui/backups", true)}
            ${seats.seats > 0 && figure("seats", t("overview.seats-of", seats), "/ui/settings")}
          </div>
          <${Health} health=${health} />
          ${
            saved.length > 0 &&
            html`
              <section aria-labelledby="connections-title">
                <div class="panel-head">
                  <h2 id="connections-title">${t("nav.connections")}</h2>
                  <${States} connections=${saved} />
                </div>
                <ul class="card-list">
                  ${saved.map(
                    (connection) => html`<${ConnectionCard} key=${connection.scim_id} connection=${connection} />`,
                  )}
                </ul>
              </section>
            `
          }
        `;
      }}
    <//>
  `;
}
