// Starts runs of a push record.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { navigate } from "../../lib/route.js";
import { runHref } from "./push-words.js";

// Starts a run and goes to its page; when one is under way already, to that one.
export function useStart(recordId) {
  return useAct(async (kind, planOf = null) => {
    try {
      const { run } = await post(`/push-records/${recordId}/runs`, { kind, plan_of: planOf });
      navigate(runHref(run));
    } catch (error) {
      if (error.code !== "RUN_UNDER_WAY" || !error.detail.run_id) throw error;
      navigate(runHref({ record_id: recordId, run_id: error.detail.run_id }));
      announce(t("error.RUN_UNDER_WAY"));
    }
  });
}

export function StartButton({ start, kind, planOf, primary, hook, word }) {
  return html`
    <button
      type="button"
      class=${primary ? "button primary" : "button"}
      aria-busy=${start.busy ? "true" : null}
      data-needs="change" data-t=${hook}
      onClick=${() => start.run(kind, planOf)}
    >
      ${word ?? t(`push.start.${kind}`)}
    </button>
  `;
}
