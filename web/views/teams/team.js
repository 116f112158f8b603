// The page of one team: state, restrictions, members, and its history.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, dateTime, number } from "../../lib/i18n.js";
import { get, patch } from "../../lib/api.js";
import { Changeable } from "../../lib/rights.js";
import { useAct, useLoad } from "../../lib/load.js";
import { Link, navigate } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { announce } from "../../lib/announce.js";
import { Chip, ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine, CopyButton } from "../../lib/fields.js";
import { ControllingConnection } from "../../lib/controlling-connection.js";
import { Fact } from "../../lib/fact.js";
import { nodeHref } from "../../lib/links.js";
import { Missing } from "../shell/missing.js";
import { History } from "../audit/history.js";
import { TeamMembers } from "./team-members.js";
import { DeleteTeam, RenameTeam } from "./team-dialogs.js";
import { ApproveDialog, RejectDialog } from "../approvals/approval-dialogs.js";
import { RESTRICTIONS, Restrictions } from "./team-restrictions.js";

function Limits({ team, set }) {
  const fresh = () => Object.fromEntries(RESTRICTIONS.map((name) => [name, team[name]]));
  const [form, setForm] = useState(fresh);
  const changed = Object.fromEntries(
    RESTRICTIONS.filter((name) => form[name] !== team[name]).map((name) => [name, form[name]]),
  );
  const dirty = Object.keys(changed).length > 0;
  const act = useAct(async () => {
    set(await patch(`/teams/${encodeURIComponent(team.team_id)}`, changed));
    announce(t("team.saved"));
  });
  const submit = (event) => {
    event.preventDefault();
    if (dirty) act.run();
  };
  return html`
    <section class="card">
      <form class="form" onSubmit=${submit} noValidate>
        <${Changeable}>
          <${Restrictions}
            value=${form}
            onValue=${(change) => setForm({ ...form, ...change })}
            hook="team"
            legend=${html`<h2>${t("column.restrictions")}</h2>`}
          />
        <//>
        <${ErrorNotice} error=${act.error} hook="team.limits-error" />
        <div class="row end">
          <button
            type="button"
            class="button"
            disabled=${!dirty}
            data-needs="change" data-t="team.limits-reset"
            onClick=${() => setForm(fresh())}
          >
            ${t("behaviour.reset")}
          </button>
          <button
            class="button primary"
            disabled=${!dirty}
            aria-busy=${act.busy ? "true" : null}
            data-needs="change" data-t="team.limits-save"
          >
            ${t("act.save")}
          </button>
        </div>
      </form>
    </section>
  `;
}

function Page({ team, set, reload }) {
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const decided = () => {
    close();
    reload();
  };
  const names = { teams: [team], memberships: [] };
  return html`
    <header class="page-head connection-head">
      <div>
        <p class="crumb">
          <${Link} href="/ui/teams" data-t="team.all">${t("nav.teams")}<//> <span aria-hidden="true">·</span>${" "}
          <${Link} href=${nodeHref(team.node_id)} data-t="team.node">${team.node_name}<//>
        </p>
        <${Heading} text=${team.name} />
        <p class="chips">
          <${Chip} state=${team.state} word=${t(`team.state.${team.state}`)} hook="team.state" />
          ${team.role && html`<span class="tag">${t("team.role")}</span>`}
          <span class="faint">${t("team.members-count", { n: team.members })}</span>
        </p>
      </div>
      <div class="row">
        ${
          team.state !== "approved" &&
          html`
            <button type="button" class="button primary" data-needs="change" data-t="team.approve" onClick=${() => setDialog("approve")}>
              ${t("approve.submit")}
            </button>
          `
        }
        ${
          team.state === "pending" &&
          html`
            <button type="button" class="button" data-needs="change" data-t="team.reject" onClick=${() => setDialog("reject")}>
              ${t("reject.submit")}
            </button>
          `
        }
        <button type="button" class="button" data-needs="change" data-t="team.rename" onClick=${() => setDialog("rename")}>
          ${t("act.rename")}
        </button>
        <button type="button" class="button danger" data-needs="change" data-t="team.delete" onClick=${() => setDialog("delete")}>
          ${t("act.delete")}
        </button>
      </div>
    </header>
    ${
      team.state === "pending" &&
      html`<${Notice} kind="warn" hook="team.pending-text"><p>${t("team.pending-text")}</p><//>`
    }
    ${
      team.state === "rejected" &&
      html`
        <${Notice} kind="bad" hook="team.rejected-text">
          <p>${t("team.rejected-text", { reason: team.rejection ?? "–" })}</p>
        <//>
      `
    }
    <section class="card" aria-labelledby="facts-title">
      <h2 id="facts-title">${t("team.facts")}</h2>
      <dl class="facts">
        <${Fact} name=${t("column.members")}>
          ${number(team.members)}
          ${
            team.pending_members > 0 &&
            html` <span class="faint">${t("team.pending-members", { n: team.pending_members })}</span>`
          }
        <//>
        <${Fact} name=${t("team.id")}>
          <span class="mono">${team.team_id}</span>
          <${CopyButton}
            plain=${true}
            text=${team.team_id}
            label=${t("act.copy-named", { name: t("team.id") })}
            hook="team.copy-id"
          />
        <//>
        <${Fact} name=${t("column.external-id")}><span class="mono">${team.external_id ?? "–"}</span><//>
        <${Fact} name=${t("filter.origin")}>${t(`filter.origin.${team.origin}`)}<//>
        <${Fact} name=${t("column.created")}>${dateTime(team.created_at)}<//>
        <${Fact} name=${t("column.changed")}>${dateTime(team.modified_at)}<//>
        <${Fact} name=${t("user.controlled-by")}>
          <${ControllingConnection} connection=${team.connection} origin=${team.origin} />
        <//>
      </dl>
    </section>
    <${TeamMembers} team=${team} set=${set} />
    <${Limits} key=${RESTRICTIONS.map((name) => team[name]).join()} team=${team} set=${set} />
    <${History}
      filter=${{ team_id: team.team_id }}
      version=${team.modified_at + team.state + team.members}
      name=${team.name}
    />
    <${CommandLine}
      hook="team.cli"
      lines=${[`scimbox team view ${team.team_id}`, `scimbox team approve ${team.team_id}`]}
    />
    ${dialog === "approve" && html`<${ApproveDialog} names=${names} onClose=${close} onDone=${decided} />`}
    ${dialog === "reject" && html`<${RejectDialog} names=${names} onClose=${close} onDone=${decided} />`}
    ${
      dialog === "rename" &&
      html`
        <${RenameTeam}
          team=${team}
          onClose=${close}
          onDone=${(next) => {
            set(next);
            close();
          }}
        />
      `
    }
    ${
      dialog === "delete" && html`<${DeleteTeam} team=${team} onClose=${close} onDone=${() => navigate("/ui/teams")} />`
    }
  `;
}

export function Team({ id }) {
  const one = useLoad(() => get(`/teams/${encodeURIComponent(id)}`), [id]);
  if (one.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("team.gone")} />`;
  if (one.value === null)
    return html`
      <header class="page-head"><${Heading} text=${t("column.team")} /></header>
      <${Loaded} of=${one} lines=${8} hook="team" />
    `;
  // An answer to an act may leave the connection out.
  const set = (next) => one.set((old) => ({ ...old, ...next }));
  return html`<${Page} team=${one.value} set=${set} reload=${one.reload} />`;
}
