// The page of one user: facts, invitation, memberships, the connection that controls it, its resource and its history.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, dateTime } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { Link, navigate } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { announce } from "../../lib/announce.js";
import { Chip, Empty, ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine, CopyButton } from "../../lib/fields.js";
import { Json } from "../../lib/json.js";
import { Ago } from "../../lib/moment.js";
import { WaitingFor } from "../../lib/waiting-for.js";
import { nodeHref, teamHref } from "../../lib/links.js";
import { Fact } from "../../lib/fact.js";
import { ControllingConnection } from "../../lib/controlling-connection.js";
import { PlainTable, columnTexts } from "../../lib/plain-table.js";
import { Missing } from "../shell/missing.js";
import { History } from "../audit/history.js";
import { InvitationChip, UserState, invitationText, isInvitable, lockText } from "./user-state.js";
import { DeleteUser, EditUser, LinkDialog, MoveUser } from "./user-dialogs.js";

function Facts({ user }) {
  return html`
    <section class="card" aria-labelledby="facts-title">
      <h2 id="facts-title">${t("user.facts")}</h2>
      <dl class="facts">
        <${Fact} name=${t("column.user-name")}><span data-t="user.user-name">${user.user_name}</span><//>
        <${Fact} name=${t("column.display-name")}>${user.display_name ?? "–"}<//>
        <${Fact} name=${t("user.emails")}><span>${user.emails.length ? user.emails.join(", ") : "–"}</span><//>
        <${Fact} name=${t("user.id")}>
          <span class="mono">${user.user_id}</span>
          <${CopyButton}
            plain=${true}
            text=${String(user.user_id)}
            label=${t("act.copy-named", { name: t("user.id") })}
            hook="user.copy-id"
          />
        <//>
        <${Fact} name=${t("column.external-id")}><span class="mono">${user.external_id ?? "–"}</span><//>
        <${Fact} name=${t("filter.origin")}>${t(`filter.origin.${user.origin}`)}<//>
        <${Fact} name=${t("column.created")}>${dateTime(user.created_at)}<//>
        <${Fact} name=${t("column.changed")}>${dateTime(user.modified_at)}<//>
        <${Fact} name=${t("user.controlled-by")}>
          <${ControllingConnection} connection=${user.connection} origin=${user.origin} />
        <//>
      </dl>
    </section>
  `;
}

function Invitation({ user, act, open }) {
  const { invitation } = user;
  const waiting = isInvitable(user);
  const state = invitation?.state;
  const ended = state === "declined" || state === "revoked";
  const locked = user.state === "locked";
  const press = (name) => () => act.run(name);
  return html`
    <section class="card" aria-labelledby="invitation-title">
      <h2 id="invitation-title">${t("user.invitation")}</h2>
      <p class="chips"><${InvitationChip} user=${user} /><span class="faint">${invitationText(user)}</span></p>
      ${
        invitation?.error &&
        html`
          <${Notice} kind="bad" hook="invitation.error">
            <p>${state === "failed" ? t("invitation.error", { n: invitation.tries }) : t("invitation.last-try")}</p>
            <p lang="en"><code>${invitation.error}</code></p>
          <//>
        `
      }
      ${
        invitation &&
        html`
          <dl class="facts">
            <${Fact} name=${t("column.created")}><${Ago} at=${invitation.created_at} /><//>
            <${Fact} name=${t("invitation.sent-at")}><${Ago} at=${state === "unsure" ? null : invitation.sent_at} /><//>
            ${
              waiting &&
              html`
                <${Fact} name=${t("invitation.expires-at")}>
                  ${invitation.expires_at ? dateTime(invitation.expires_at) : "–"}
                <//>
              `
            }
            ${
              invitation.answered_at &&
              html`<${Fact} name=${t("invitation.answered-at")}><${Ago} at=${invitation.answered_at} /><//>`
            }
          </dl>
        `
      }
      ${
        waiting &&
        html`
          <div class="row">
            ${
              !locked &&
              html`
                <button type="button" class="button" data-needs="change" data-t="invitation.resend" onClick=${press("resend")}>
                  ${t(invitation ? "bulk.resend" : "invitation.send")}
                </button>
              `
            }
            ${
              !ended &&
              !locked &&
              html`
                <button type="button" class="button" data-needs="change" data-t="invitation.link" onClick=${() => open("link")}>
                  ${t("invitation.copy-link")}
                </button>
              `
            }
            ${
              invitation &&
              ["waiting", "sent", "kept", "failed", "unsure"].includes(state) &&
              html`
                <button type="button" class="button" data-needs="change" data-t="invitation.revoke" onClick=${press("revoke")}>
                  ${t("bulk.revoke")}
                </button>
              `
            }
            <button type="button" class="button" data-needs="change" data-t="invitation.join" onClick=${press("join")}>
              ${t("bulk.join")}
            </button>
          </div>
          <p class="hint">${t("invitation.newest-only")}</p>
        `
      }
    </section>
  `;
}

function Memberships({ user }) {
  const rows = user.teams_list;
  return html`
    <section class="card" aria-labelledby="memberships-title">
      <h2 id="memberships-title">${t("user.memberships")}</h2>
      ${
        rows.length === 0
          ? html`
            <${Empty} icon="teams" title=${t("user.no-teams")} text=${t("user.no-teams-text")} hook="user.no-teams" />
          `
          : html`
            <${PlainTable}
              label=${t("user.memberships")}
              headings=${columnTexts(["team", "team-state", "membership", "waits-for"])}
            >
              ${rows.map(
                (row) => html`
                  <tr key=${row.team_id} data-t="user.membership">
                    <th scope="row"><${Link} href=${teamHref(row.team_id)} data-t="user.team">${row.name}<//></th>
                    <td><${Chip} state=${row.team_state} word=${t(`team.state.${row.team_state}`)} /></td>
                    <td><${Chip} state=${row.state} word=${t(`membership.${row.state}`)} /></td>
                    <td><${WaitingFor} row=${row} /></td>
                  </tr>
                `,
              )}
            <//>
          `
      }
      ${
        user.teams > rows.length &&
        html`<p class="hint" data-t="user.more-teams">${t("user.more-teams", { n: rows.length, all: user.teams })}</p>`
      }
    </section>
  `;
}

function Page({ user, set }) {
  const [dialog, setDialog] = useState(null);
  const act = useAct(async (name) => {
    const next = await post(`/users/${user.user_id}/${name}`);
    set(next);
    announce(
      t(name === "resend" && next.invitation.state === "kept" ? "invitation.kept.text" : `bulk.${name}.done`, { n: 1 }),
    );
  });
  const locked = user.state === "locked";
  const close = () => setDialog(null);
  const changed = (next) => {
    set(next);
    close();
  };
  return html`
    <header class="page-head connection-head">
      <div>
        <p class="crumb">
          <${Link} href="/ui/users" data-t="user.all">${t("nav.users")}<//> <span aria-hidden="true">·</span>${" "}
          <${Link} href=${nodeHref(user.node_id)} data-t="user.node">${user.node_name}<//>
        </p>
        <${Heading} text=${user.display_name ?? user.user_name} />
        <p class="chips">
          <${UserState} user=${user} brief=${true} />
          ${user.display_name && html`<span>${user.user_name}</span>`}
        </p>
      </div>
      <div class="row">
        <button type="button" class="button" data-needs="change" data-t="user.edit" onClick=${() => setDialog("edit")}>
          ${t("connection.edit")}
        </button>
        <button
          type="button"
          class="button"
          data-needs="change" data-t=${locked ? "user.unlock" : "user.lock"}
          aria-busy=${act.busy ? "true" : null}
          onClick=${() => act.run(locked ? "unlock" : "lock")}
        >
          ${t(locked ? "bulk.unlock" : "bulk.lock")}
        </button>
        <button type="button" class="button" data-needs="change" data-t="user.move" onClick=${() => setDialog("move")}>
          ${t("node.move")}
        </button>
        <button
          type="button"
          class="button danger"
          data-needs="change" data-t="user.delete"
          disabled=${!locked}
          aria-describedby=${locked ? null : "delete-reason"}
          onClick=${() => setDialog("delete")}
        >
          ${t("act.delete")}
        </button>
        ${!locked && html`<span class="off-screen" id="delete-reason">${t("error.NOT_LOCKED")}</span>`}
      </div>
    </header>
    <${ErrorNotice} error=${act.error} hook="user.act-error" />
    ${
      locked &&
      html`
        <${Notice} kind="warn" hook="user.lock-text">
          ${lockText(user).map((line) => html`<p key=${line}>${line}</p>`)}
          ${
            user.lock === "idp" &&
            html`
              <p>
                <button type="button" class="button" data-needs="change" data-t="user.lock-too" onClick=${() => act.run("lock")}>
                  ${t("user.lock-too")}
                </button>
              </p>
            `
          }
        <//>
      `
    }
    <${Facts} user=${user} />
    <${Invitation} user=${user} act=${act} open=${setDialog} />
    <${Memberships} user=${user} />
    <section class="card" aria-labelledby="resource-title">
      <h2 id="resource-title">${t("user.resource")}</h2>
      <details>
        <summary data-t="user.resource">${t("user.resource-show")}</summary>
        <p class="hint">${t("user.resource-text")}</p>
        <${Json} value=${user.resource} label=${t("user.resource")} hook="user.json" />
      </details>
    </section>
    <${History} filter=${{ user_id: user.user_id }} version=${user.modified_at} name=${user.user_name} />
    <${CommandLine}
      hook="user.cli"
      lines=${[
        `scimbox user view ${user.user_id}`,
        `scimbox user ${locked ? "unlock" : "lock"} ${user.user_id}`,
        `scimbox user move ${user.user_id} --node ID`,
      ]}
    />
    ${dialog === "edit" && html`<${EditUser} user=${user} onClose=${close} onDone=${changed} />`}
    ${dialog === "move" && html`<${MoveUser} user=${user} onClose=${close} onDone=${changed} />`}
    ${
      dialog === "link" &&
      html`
        <${LinkDialog} user=${user} onClose=${close} onMade=${async () => set(await get(`/users/${user.user_id}`))} />
      `
    }
    ${
      dialog === "delete" && html`<${DeleteUser} user=${user} onClose=${close} onDone=${() => navigate("/ui/users")} />`
    }
  `;
}

export function User({ id }) {
  const one = useLoad(() => get(`/users/${encodeURIComponent(id)}`), [id]);
  if (one.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("user.gone")} />`;
  if (one.value === null)
    return html`
      <header class="page-head"><${Heading} text=${t("column.user")} /></header>
      <${Loaded} of=${one} lines=${8} hook="user" />
    `;
  return html`<${Page} user=${one.value} set=${one.set} />`;
}
