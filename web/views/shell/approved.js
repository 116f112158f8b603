// What this sign-in approved, above whatever page it led to, until the notice is closed.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { announce } from "../../lib/announce.js";
import { useAct } from "../../lib/load.js";
import { approved, keepApproved } from "../../lib/approved.js";
import { Link } from "../../lib/route.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";

// For ten minutes what was approved can wait again.
function Undo({ until }) {
  const [open, setOpen] = useState(Date.now() < until);
  useEffect(() => {
    const timer = setTimeout(() => setOpen(false), Math.max(0, until - Date.now()));
    return () => clearTimeout(timer);
  }, [until]);
  const act = useAct(async () => {
    const { teams, memberships } = await post("/approvals/undo");
    keepApproved(null);
    announce(t("login.undone", { teams, memberships }));
  });
  if (!open) return null;
  return html`
    <button
      type="button"
      class="button small"
      title=${t("login.undo-hint")}
      aria-busy=${act.busy ? "true" : null}
      data-needs="change"
      data-t="shell.approved-undo"
      onClick=${() => act.run()}
    >
      ${t("login.undo")}
    </button>
    <${ErrorNotice} error=${act.error} />
  `;
}

export function ApprovedNotice() {
  if (!approved.value) return null;
  const { teams, memberships, job, until } = approved.value;
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
        ${teams + memberships > 0 && until && html`<${Undo} until=${until} />`}
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
