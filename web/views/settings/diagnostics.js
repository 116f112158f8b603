// Diagnostics: what the appliance needs and how it is, and the support report as it would be sent.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { Heading } from "../../lib/heading.js";
import { Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine, CopyButton } from "../../lib/fields.js";
import { Icon } from "../../lib/icons.js";
import { PlainTable } from "../../lib/plain-table.js";

function Checks({ checks }) {
  return html`
    <${PlainTable}
      label=${t("nav.diagnostics")}
      headings=${["check", "verdict", "found"].map((name) => t(`diagnostics.${name}`))}
      lang="en"
    >
      ${checks.map(
        (check) => html`
          <tr key=${check.name} data-t="diagnostics.check" data-ok=${String(check.ok)}>
            <th scope="row">${check.name}</th>
            <td lang=${document.documentElement.lang}>
              <span class=${check.ok ? "status good" : "status bad"}>${t(check.ok ? "diagnostics.ok" : "diagnostics.failed")}</span>
            </td>
            <td>
              ${check.result}
              ${check.remedy && html`<p>${check.remedy}</p>`}
            </td>
          </tr>
        `,
      )}
    <//>
  `;
}

function SupportReport({ text }) {
  const file = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  return html`
    <section class="card">
      <h2>${t("diagnostics.report")}</h2>
      <p>${t("diagnostics.report-text")}</p>
      <div class="row">
        <a class="button" href=${file} download="scimbox-support.json" data-t="diagnostics.download">
          <${Icon} name="download" />
          ${t("diagnostics.download")}
        </a>
        <${CopyButton} text=${text} label=${t("act.copy-named", { name: t("diagnostics.report") })} hook="diagnostics.copy" />
      </div>
      <pre
        class="json breaks"
        tabindex="0"
        role="region"
        aria-label=${t("diagnostics.report")}
        lang="en"
        data-t="diagnostics.report"
      >${text}</pre>
    </section>
  `;
}

export function Diagnostics() {
  const found = useLoad(() => get("/diagnostics"), []);
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.diagnostics")} /><p class="lead">${t("diagnostics.lead")}</p></div>
      <button type="button" class="button" data-t="diagnostics.again" onClick=${() => found.reload()}>
        <${Icon} name="sync" />
        ${t("diagnostics.again")}
      </button>
    </header>
    <${Loaded} of=${found} lines=${8} hook="diagnostics">
      ${({ ok, checks, support_report }) => html`
        <${Notice} kind=${ok ? "good" : "bad"} hook="diagnostics.verdict">
          <p>${t(ok ? "diagnostics.all-well" : "diagnostics.not-well")}</p>
        <//>
        <section class="card"><${Checks} checks=${checks} /></section>
        <${SupportReport} text=${support_report} />
      `}
    <//>
    <${CommandLine} hook="diagnostics.cli" lines=${["scimbox doctor", "scimbox support-report"]} />
  `;
}
