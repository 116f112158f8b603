// Asks before a page is left that holds what would be lost.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";
import { Dialog } from "./dialog.js";
import { guardLeaving } from "./route.js";

// A page may have several forms; the newest that is at stake asks.
const asking = new Set();

function renew() {
  guardLeaving([...asking].at(-1) ?? null);
}

// The question, or nothing; the page shows it somewhere. `of` names what is lost. Who has saved leaves with
// `navigate(…, { ask: false })`.
export function useLeaveQuestion(isAtStake, of = "unsaved") {
  const [leave, setLeave] = useState(null);
  useEffect(() => {
    if (!isAtStake) return undefined;
    const own = { onLeave: (proceed) => setLeave(() => proceed) };
    asking.add(own);
    renew();
    return () => {
      asking.delete(own);
      renew();
    };
  }, [isAtStake]);
  if (!leave) return null;
  const stay = () => setLeave(null);
  const go = () => {
    stay();
    leave();
  };
  return html`
    <${Dialog} title=${t(`${of}.leave-title`)} hook=${`${of}.leave`} onClose=${stay}>
      <p>${t(`${of}.leave-text`)}</p>
      <div class="row end">
        <button type="button" class="button danger" data-t=${`${of}.leave-anyway`} onClick=${go}>${t("act.leave")}</button>
        <button type="button" class="button primary" data-first data-t=${`${of}.stay`} onClick=${stay}>
          ${t("act.stay")}
        </button>
      </div>
    <//>
  `;
}
