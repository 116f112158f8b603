// How a user's state, lock and invitation are shown, in lists and on the user's page.
import { html } from "../../vendor/preact-htm.js";
import { t, ago } from "../../lib/i18n.js";
import { Chip } from "../../lib/feedback.js";
import { actorName } from "../../lib/actor.js";

const lockEffect = (user) => t(user.lock === "idp" ? "lock.idp" : "lock.admin");

// Who locked the user and when, and what a sync can do about it.
export function lockText(user) {
  const by = actorName(user.locked_by);
  const who =
    user.locked_at &&
    (by ? t("lock.by", { by, time: ago(user.locked_at) }) : t("lock.since", { time: ago(user.locked_at) }));
  return [who, lockEffect(user)].filter(Boolean);
}

// The same beside the chip, which already says whether the provider or an administrator did it.
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
