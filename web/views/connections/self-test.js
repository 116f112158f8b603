// Run self-test: where the public address of a connection leads, step by step, each with what to do.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, language, load } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { ErrorNotice } from "../../lib/feedback.js";
import { Icon } from "../../lib/icons.js";

const LOOKS = { ok: ["done", "check"], warning: ["warn", "alert"], failed: ["bad", "alert"], skipped: ["", null] };

function Step({ step: { name, verdict, code, found, remedy }, texts }) {
  const [look, icon] = LOOKS[verdict];
  const own = texts[code];
  return html`
    <li class=${`tick ${look}`} data-t=${`self-test.${name}`} data-verdict=${verdict} data-code=${code}>
      <span class="tick-mark" aria-hidden="true">${icon && html`<${Icon} name=${icon} />`}</span>
      <span>
        <strong>${t(`self-test.step.${name}`)}</strong>${" "}
        <span class="off-screen">(${t(`self-test.verdict.${verdict}`)})</span>${" "}
        <span class="faint" lang="en">${found}</span>
        ${remedy && html`<br /><span lang=${own ? null : "en"}>${own ?? remedy}</span>`}
      </span>
    </li>
  `;
}

export function SelfTest({ connection }) {
  const [report, setReport] = useState(null);
  const [texts, setTexts] = useState({});
  // The server speaks English.
  const act = useAct(async () => {
    setTexts(language.value === "ja" ? await load("self-test.ja").catch(() => ({})) : {});
    setReport(await post(`/connections/${connection.scim_id}/self-test`));
  });
  return html`
    <div class="self-test">
      <button
        type="button"
        class="button"
        data-needs="change"
        data-t="self-test.run"
        aria-busy=${act.busy ? "true" : null}
        onClick=${() => act.run()}
      >
        ${t("self-test.run")}
      </button>
      <${ErrorNotice} error=${act.error} />
      <div role="status">
        ${
          report &&
          html`
            <p data-t="self-test.verdict"><strong>${t(`self-test.all.${report.verdict}`)}</strong></p>
            <ul class="ticks">
              ${report.steps.map((step) => html`<${Step} key=${step.name} step=${step} texts=${texts} />`)}
            </ul>
          `
        }
      </div>
    </div>
  `;
}
