// Overview: the first three steps with ticks from the real state, and a card for each connection.
import { html } from "../../vendor/preact-htm.js";
import { t, ago, number } from "../../lib/i18n.js";
import { get, session } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Icon } from "../../lib/icons.js";
import { Chip, Loaded } from "../../lib/feedback.js";
import { connectionHref, wizardHref } from "../../lib/links.js";
import { Needs } from "./needs.js";
import { RequestRate } from "./request-rate.js";
import { ConnectionCard } from "../connections/connections.js";

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

function Checklist({ nodes, connections }) {
  const free =
    nodes.find((node) => node.parent_id !== null && !node.connection) ??
    nodes.find((node) => node.connection?.state === "draft");
  const saved = connections.filter((connection) => connection.state !== "draft");
  const done = [nodes.length > 1, saved.length > 0, saved.some((connection) => connection.first_request_at)];
  if (done.every(Boolean)) return null;
  const now = done.indexOf(false);
  const hrefs = [
    "/ui/nodes?add=1",
    free ? wizardHref(free.node_id) : "/ui/nodes?add=1",
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

function Figure({ label, value, href, hook, words = false }) {
  return html`
    <${Link} class="figure card" href=${href} data-t=${hook}>
      <span class=${words ? "figure-value words" : "figure-value"}>${value}</span>
      <span class="faint">${label}</span>
    <//>
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

// Each figure is a request of its own: when one fails, the others still show.
function LiveFigure({ fetchValue, text, label, href, hook, words: inWords = false }) {
  const one = useLoad(fetchValue, []);
  const words = inWords || one.value === null;
  const value = one.value !== null ? text(one.value) : one.error ? t("overview.unknown") : "…";
  return html`<${Figure} label=${label} value=${value} href=${href} hook=${hook} words=${words} />`;
}

export function Overview() {
  const all = useLoad(async () => {
    // Without an answer about seats the rest is still told.
    const seats = get("/seats").catch(() => null);
    const [nodes, connections] = await Promise.all([get("/nodes"), get("/connections")]);
    return { nodes, connections, seats: await seats };
  }, []);
  return html`
    <header class="page-head">
      <div>
        <${Heading} text=${t("nav.overview")} />
        <p class="lead">${t("overview.lead", { name: session.value.admin.name })}</p>
      </div>
    </header>
    <${Loaded} of=${all} lines=${8} hook="overview">
      ${({ nodes, connections, seats }) => {
        const saved = connections.filter((connection) => connection.state !== "draft");
        const latest = saved
          .map((connection) => connection.last_synced)
          .filter(Boolean)
          .sort()
          .at(-1);
        const sum = (field) => nodes.reduce((total, node) => total + node[field], 0);
        return html`
          <${Checklist} nodes=${nodes} connections=${connections} />
          <${Needs} connections=${connections} seats=${seats} />
          ${saved.length > 0 && html`<${RequestRate} />`}
          <div class="figures">
            <${Figure} label=${t("nav.nodes")} value=${number(nodes.length - 1)} href="/ui/nodes" hook="overview.nodes" />
            <${Figure} label=${t("nav.users")} value=${number(sum("users"))} href="/ui/users" hook="overview.users" />
            <${Figure} label=${t("nav.teams")} value=${number(sum("teams"))} href="/ui/teams" hook="overview.teams" />
            <${Figure}
              label=${t("overview.last-sync")}
              value=${latest ? ago(latest) : t("time.not-synced")}
              words=${true}
              href="/ui/connections"
              hook="overview.last-sync"
            />
            <${LiveFigure}
              label=${t("overview.invitations")}
              href="/ui/users?state=invited"
              hook="overview.invitations"
              fetchValue=${() => get("/users?state=invited&count=1")}
              text=${({ total }) => number(total)}
            />
            <${LiveFigure}
              label=${t("overview.backup")}
              words=${true}
              href="/ui/backups"
              hook="overview.backup"
              fetchValue=${() => get("/backups")}
              text=${({ backups }) => (backups.length > 0 ? ago(backups[0].created_at) : t("overview.no-backup"))}
            />
            ${
              seats?.seats > 0 &&
              html`
                <${Figure}
                  label=${t("overview.seats")}
                  value=${t("overview.seats-of", seats)}
                  href="/ui/settings"
                  hook="overview.seats"
                />
              `
            }
          </div>
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
