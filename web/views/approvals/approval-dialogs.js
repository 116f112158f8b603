// Approving and rejecting teams and memberships: what is asked before, and what the answer says.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Field } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { NameList } from "../../lib/name-list.js";
import { RESTRICTIONS, Restrictions } from "../teams/team-restrictions.js";

const MAX_REASON_LENGTH = 500;

// { teams, memberships } as the API takes them.
function bodyOf({ teams, memberships }) {
  return {
    teams: teams.map((team) => team.team_id),
    memberships: memberships.map(({ team_id, user_id }) => ({ team_id, user_id })),
  };
}

// "3 teams approved · 12 memberships approved · 2 wait · 1 failed": every count that is not zero.
export function resultText({ teams = {}, memberships = {} }) {
  const counts = [
    ["teams-approved", teams.approved],
    ["teams-rejected", teams.rejected],
    ["memberships-approved", memberships.approved],
    ["memberships-rejected", memberships.rejected],
    ["waiting", memberships.waiting],
    ["failed", (teams.failed ?? 0) + (memberships.failed ?? 0)],
  ];
  const said = counts.filter(([, n]) => n > 0).map(([name, n]) => t(`result.${name}`, { n }));
  return said.length ? said.join(" · ") : t("result.nothing");
}

export async function approve(names, restrictions = {}) {
  const result = await post("/approvals/approve", { ...bodyOf(names), ...restrictions });
  announce(resultText(result), { visible: false });
  return result;
}

const labels = ({ teams, memberships }) => [
  ...teams.map((team) => team.name),
  ...memberships.map((one) => t("approvals.who-where", { user: one.user_name, team: one.team_name })),
];

// One team shows and sends its own restrictions; for several, the checked ones are set and the others stay as they are.
export function ApproveDialog({ names, onClose, onDone }) {
  const [only] = names.teams;
  const single = names.teams.length === 1;
  const [form, setForm] = useState(Object.fromEntries(RESTRICTIONS.map((name) => [name, single ? only[name] : false])));
  const act = useAct(async () => {
    const said = single ? form : Object.fromEntries(Object.entries(form).filter(([, on]) => on));
    onDone(await approve(names, said));
  });
  const n = names.teams.length;
  return html`
    <${DialogForm}
      title=${t("approve.title", { n })}
      hook="approve"
      onClose=${onClose}
      act=${act}
      submit=${t("approve.submit")}
      submitHook="approve.submit"
    >
      <${NameList} names=${labels(names)} />
      <p>${t("approve.text")}</p>
      <${Restrictions}
        value=${form}
        onValue=${(change) => setForm({ ...form, ...change })}
        hook="approve"
        legend=${single ? t("column.restrictions") : t("approve.restrict-all")}
      />
    <//>
  `;
}

export function RejectDialog({ names, onClose, onDone }) {
  const [reason, setReason] = useState("");
  const act = useAct(async () => {
    const result = await post("/approvals/reject", { ...bodyOf(names), reason: reason.trim() });
    announce(resultText(result), { visible: false });
    onDone(result);
  });
  const n = names.teams.length + names.memberships.length;
  return html`
    <${DialogForm}
      title=${t(names.teams.length ? "reject.title" : "reject.title-memberships", { n })}
      hook="reject"
      onClose=${onClose}
      act=${act}
      submit=${t("reject.submit")}
      submitHook="reject.submit"
      danger=${true}
      ready=${reason.trim() !== ""}
    >
      <${NameList} names=${labels(names)} />
      <p>${t("reject.text")}</p>
      <${Field} label=${t("reject.reason")} hint=${t("reject.reason-hint")}>
        ${(inputProps) => html`
          <textarea
            rows="3"
            maxlength=${MAX_REASON_LENGTH}
            ...${inputProps}
            value=${reason}
            data-first
            data-t="reject.reason"
            onInput=${(event) => setReason(event.currentTarget.value)}
          ></textarea>
        `}
      <//>
    <//>
  `;
}
