// One line of the audit log: what happened in words, who did it to what, and what changed from what to what.
import { html } from "../../vendor/preact-htm.js";
import { t, ago, dateTime, known, number } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { nodeHref, teamHref, userHref } from "../../lib/links.js";

export function eventText(name) {
  return known(`event.${name}`) ? t(`event.${name}`) : name;
}

function actorText(event) {
  const kind = t(`actor.${event.actor_kind}`);
  if (event.actor_kind === "admin" || event.actor_kind === "person") return event.actor;
  return event.actor_kind === "key" ? t("actor.key-named", { name: event.actor }) : kind;
}

// A field has the label of the page that shows it.
function fieldName(name) {
  const keys = [
    `column.${name.replaceAll("_", "-")}`,
    `field.${name}`,
    `team.${name}`,
    `settings.${name}`,
    `setting.${name}`,
    `push.field.${name}`,
  ];
  const key = keys.find(known);
  return key ? t(key) : name;
}

// The families of texts that translate a field's values; other values are shown as they are.
const WORDS = {
  state: ["membership", "state", "push.state"],
  lock: ["filter.lock"],
  scope: ["keys.scope"],
  kind: ["job.kind", "push.kind"],
  source: ["push.source"],
  trigger: ["push.trigger"],
  destructive: ["push.destructive"],
  missing: ["push.missing"],
  schema: ["push.schema"],
  mail: ["invitation"],
  idp: ["idp"],
  preset: ["preset"],
  approval: ["set.approval"],
};

function wordOf(name, value, event) {
  // A connection is pending until its first request; a membership until somebody approves it.
  const families = name === "state" && event.startsWith("scim_") ? ["state"] : (WORDS[name] ?? []);
  const key = families.map((family) => `${family}.${value}`).find(known);
  const plain = `audit.value.${value.replaceAll(" ", "-")}`;
  if (key) return t(key);
  return known(plain) ? t(plain) : value;
}

function valueText(name, value, event) {
  if (value === null || value === undefined || value === "") return t("audit.nothing");
  if (typeof value === "boolean") return t(value ? "audit.yes" : "audit.no");
  if (WORDS[name]) return wordOf(name, String(value), event);
  // An identifier is not a quantity: no separators.
  if (typeof value === "number") return name.endsWith("_id") ? String(value) : number(value);
  if (typeof value === "string") return wordOf(name, value, event);
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  return JSON.stringify(value);
}

// Members by their names, each a link; one who is gone has only an id.
function Members({ ids, names }) {
  return ids.map(
    (id, i) => html`
      <span key=${id}>
        ${i > 0 && ", "}
        ${names[id] ? html`<${Link} href=${userHref(id)} data-t="audit.member">${names[id]}<//>` : t("audit.gone", { id })}
      </span>
    `,
  );
}

function Value({ name, value, names, event }) {
  const members = name === "members" && Array.isArray(value);
  return members ? html`<${Members} ids=${value} names=${names} />` : valueText(name, value, event);
}

// Before → after, name by name; what stayed the same is left out.
function Changes({ event, names: known }) {
  const old = event.before ?? {};
  const now = event.after ?? {};
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]),
  );
  if (names.length === 0) return null;
  return html`
    <dl class="changes">
      ${names.map(
        (name) => html`
          <div key=${name}>
            <dt>${fieldName(name)}</dt>
            <dd>
              ${
                name in old &&
                html`
                  <del>
                    <span class="off-screen">${t("audit.before")} </span>
                    <${Value} name=${name} value=${old[name]} names=${known} event=${event.event} />
                  </del>
                `
              }
              ${name in old && name in now && html`<span aria-hidden="true"> → </span>`}
              ${
                name in now &&
                html`
                  <ins>
                    <span class="off-screen">${t("audit.after")} </span>
                    <${Value} name=${name} value=${now[name]} names=${known} event=${event.event} />
                  </ins>
                `
              }
            </dd>
          </div>
        `,
      )}
    </dl>
  `;
}

function EventObject({ event }) {
  const text = event.object ?? (event.user_id ? String(event.user_id) : event.team_id);
  if (!text) return null;
  // A line about a membership is named after its team.
  if (event.team_id) return html`<${Link} href=${teamHref(event.team_id)} data-t="audit.team">${text}<//>`;
  return event.user_id
    ? html`<${Link} href=${userHref(event.user_id)} data-t="audit.user">${text}<//>`
    : html`<span>${text}</span>`;
}

// `brief` leaves out what the page around it shows.
export function Event({ event, names = {}, brief = false }) {
  const failed = ["sign_in_failed", "scim_access_failure", "out_of_seats"].includes(event.event);
  // Without a mail server an invitation is a link that somebody hands out.
  const isLink = event.event === "send_invitation" && event.after?.mail === "handed out";
  return html`
    <li class=${failed ? "event bad" : "event"} data-t="audit.event" data-event=${event.event}>
      <p class="event-when">
        <time datetime=${event.at} title=${`${dateTime(event.at)} · ${event.at}`}>${dateTime(event.at)}</time>
        <span class="faint">${ago(event.at)}</span>
      </p>
      <div class="event-what">
        <p><strong>${eventText(isLink ? "send_invitation.link" : event.event)}</strong>${!brief && html` <${EventObject} event=${event} />`}</p>
        <p class="faint">
          ${t("audit.by")}${" "}
          ${
            brief
              ? actorText(event)
              : html`
                <${Link}
                  href=${`/ui/audit?actor=${encodeURIComponent(event.actor)}`}
                  title=${event.actor}
                  data-t="audit.by"
                >
                  ${actorText(event)}
                <//>
              `
          }
          ${event.address && html` · ${event.address}`}
          ${
            !brief &&
            event.node_name &&
            html` · <${Link} href=${nodeHref(event.node_id)} data-t="audit.node-link">${event.node_name}<//>`
          }${" "}
          · <code class="code">${event.event}</code>
          ${
            event.request_id &&
            html`
              ${" "}
              ·${" "}
              <${Link}
                href=${`/ui/audit?request_id=${encodeURIComponent(event.request_id)}`}
                title=${t("audit.request")}
                aria-label=${`${t("audit.request")} ${event.request_id}`}
                data-t="audit.request"
              >
                <code class="code">${event.request_id}</code>
              <//>
              ${
                event.actor_kind === "scim" &&
                html`
                  ${" "}
                  ·${" "}
                  <${Link} href=${`/ui/requests/${encodeURIComponent(event.request_id)}`} data-t="audit.sent">
                    ${t("audit.sent")}
                  <//>
                `
              }
            `
          }
        </p>
        <${Changes} event=${event} names=${names} />
      </div>
    </li>
  `;
}
