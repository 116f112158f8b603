// How a user's state, lock and invitation are shown, in lists and on the user's page.
import { html } from "../../vendor/preact-htm.js";
import { t, ago } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { Chip } from "../../lib/feedback.js";
import { actorName } from "../../lib/actor.js";

// An address may break after its @ when it must.
export function Address({ text }) {
  const at = text.lastIndexOf("@") + 1;
  return html`${text.slice(0, at)}<wbr />${text.slice(at)}`;
}

const lockEffect = (user) => t(user.lock === "idp" ? "lock.idp" : "lock.admin");

// Who locked the user and when, and what a sync can do about it.
export function lockText(user) {
  const by = actorName(user.locked_by);
  const who =
    user.locked_at &&
    (by ? t("lock.by", { by, time: ago(user.locked_at) }) : t("lock.since", { time: ago(user.locked_at) }));
  return [who, lockEffect(user)].filter(Boolean);
}

// The same beside the chip, which says already whether the provider or an administrator did it.
function lockLines(user) {
  const by = user.lock === "admin" ? actorName(user.locked_by) : null;
  return [[by, user.locked_at && ago(user.locked_at)].filter(Boolean).join(" · "), lockEffect(user)].filter(Boolean);
}

export function UserState({ user, brief = false }) {
  return html`
    <${Chip} state=${user.state} word=${user.lock === "idp" ? t("state.locked-by-idp") : null} hook="user.state" />
    ${
      user.state === "locked" &&
      !brief &&
      html`
        <span class="lock-text">
          ${lockLines(user).map((line) => html`<span key=${line} class="faint">${line}</span>`)}
        </span>
      `
    }
  `;
}

// Whether a link can be made, or has to be sent again: everything an invited person has not answered.
export function isInvitable(user) {
  return !user.joined;
}

export function InvitationChip({ user }) {
  const { invitation } = user;
  if (!invitation)
    return html`<span class="faint">${t(user.joined ? "invitation.none-joined" : "invitation.none")}</span>`;
  return html`<${Chip} state=${invitation.state} word=${t(`invitation.${invitation.state}`)} hook="user.invitation" />`;
}

// What the state of the invitation means for the person and what comes next.
export function invitationText(user) {
  const { invitation } = user;
  if (!invitation) return t(user.joined ? "invitation.none-joined.text" : "invitation.none.text");
  return t(!user.joined && user.state === "locked" ? "invitation.locked.text" : `invitation.${invitation.state}.text`);
}

export const userHref = (id) => `/ui/users/${id}`;
export const teamHref = (id) => `/ui/teams/${encodeURIComponent(id)}`;

// A person's link: the user name, and below it the name the provider sent.
export function Person({ user, hook }) {
  return html`
    <${Link} href=${userHref(user.user_id)} data-t=${hook}><${Address} text=${user.user_name} /><//>
    ${user.display_name && html`<br /><span class="faint">${user.display_name}</span>`}
  `;
}

// What a membership waits for.
export function Waits({ row }) {
  if (row.state === "rejected")
    return html`
      <span>${row.rejection ? t("waits.rejected", { reason: row.rejection }) : t("waits.rejected-plain")}</span>
    `;
  if (!row.waiting_for) return html`<span class="faint">–</span>`;
  return t(`waits.${row.waiting_for}`);
}
