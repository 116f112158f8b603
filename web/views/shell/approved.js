// What this sign-in approved, above whatever page it led to, until the notice is closed.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { approved, keepApproved } from "../../lib/approved.js";
import { Link } from "../../lib/route.js";
import { Notice } from "../../lib/feedback.js";

export function ApprovedNotice() {
  if (!approved.value) return null;
  const { teams, memberships, job } = approved.value;
  return html`
    <${Notice} kind="good" hook="shell.approved">
      <p>${teams + memberships > 0 && t("login.approved", { teams, memberships })} ${job && t("login.job")}</p>
      <p class="row">
        ${
          job &&
          html`
            <${Link} class="button small" href="/ui/approvals" data-t="shell.approved-job">
              ${t("overview.see-progress")}
            <//>
          `
        }
        <${Link} class="button small" href="/ui/audit" data-t="shell.approved-audit">${t("overview.see-approved")}<//>
        <button
          type="button"
          class="button small quiet"
          data-t="shell.approved-close"
          onClick=${() => keepApproved(null)}
        >
          ${t("act.close")}
        </button>
      </p>
    <//>
  `;
}
