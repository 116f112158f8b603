// A connection of a sandbox: the banner of what is switched on there, and sample traffic.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { SelectField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { Notice } from "../../lib/feedback.js";
import { connectionHref, nodeHref } from "../../lib/links.js";
import { personaName } from "../../lib/personas.js";

// The identity providers that can be played, by their words. Names are the same in every language.
const PLAYED = {
  okta: "Okta",
  entra: "Microsoft Entra ID",
  jumpcloud: "JumpCloud",
  onelogin: "OneLogin",
  ping: "Ping",
  google: "Google Workspace",
  "google-function": "Google Cloud Function",
  sailpoint: "SailPoint",
  cloudgate: "CloudGate UNO",
  rippling: "Rippling",
  authentik: "authentik",
  keycloak: "Keycloak",
  commander: "Keeper Commander",
};
const SCENARIOS = [
  "usual",
  "connection-test",
  "rename",
  "re-hire",
  "group-churn",
  "mass-leave",
  "retry",
  "restart",
  "hostile-names",
];

const scenariosOf = (idp) => (idp === "entra" ? [...SCENARIOS, "provision-on-demand"] : SCENARIOS);

function SampleTraffic({ connection, onClose }) {
  const [idp, setIdp] = useState(PLAYED[connection.idp] ? connection.idp : "okta");
  const [scenario, setScenario] = useState("usual");
  const [report, setReport] = useState(null);
  const act = useAct(async () => {
    setReport(null);
    const wish = { idp, scenario: scenario === "usual" ? null : scenario };
    setReport(await post(`/connections/${connection.scim_id}/traffic`, wish));
  });
  return html`
    <${DialogForm}
      title=${t("sandbox.traffic")}
      hook="traffic.dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("sandbox.traffic-send")}
      submitHook="traffic.send"
    >
      <p>${t("sandbox.traffic-text")}</p>
      <${SelectField}
        label=${t("sandbox.traffic-idp")}
        value=${idp}
        onValue=${(word) => {
          setIdp(word);
          setScenario("usual");
        }}
        options=${Object.entries(PLAYED)}
        hook="traffic.idp"
      />
      <${SelectField}
        label=${t("sandbox.traffic-scenario")}
        value=${scenario}
        onValue=${setScenario}
        options=${scenariosOf(idp).map((word) => [word, t(`sandbox.scenario.${word}`)])}
        hook="traffic.scenario"
      />
      ${
        report &&
        html`
          <${Notice} kind=${report.failed > 0 ? "bad" : "good"} hook="traffic.report" live=${true}>
            <p>${t("sandbox.traffic-done", { passed: report.passed, steps: report.steps })}</p>
            <p lang="en">${report.verdict}</p>
            <ul>
              ${report.failures.slice(0, 5).map((one) => html`<li key=${one.step} lang="en"><code>${one.request}</code> ${one.why}</li>`)}
            </ul>
            <p>
              <${Link} href=${`${connectionHref(connection.scim_id)}?tab=requests`} data-t="traffic.requests">
                ${t("sandbox.traffic-requests")}
              <//>
            </p>
          <//>
        `
      }
    <//>
  `;
}

function Banner({ sandbox, node }) {
  const { persona, faults, ahead_seconds: ahead } = sandbox;
  if (!persona && faults.length === 0 && !ahead) return null;
  return html`
    <${Notice} kind=${faults.length > 0 ? "bad" : "warn"} hook="connection.sandbox-banner">
      ${persona && html`<p>${t("sandbox.plays", { name: personaName(persona) })}</p>`}
      ${
        faults.length > 0 &&
        html`
          <p>${t("sandbox.goes-wrong")}</p>
          <ul>
            ${faults.map((rule) => html`<li key=${rule}><code>${rule}</code></li>`)}
          </ul>
        `
      }
      ${ahead > 0 && html`<p>${t("sandbox.is-ahead", { n: ahead })}</p>`}
      <p><${Link} href=${nodeHref(node)} data-t="connection.sandbox">${t("sandbox.change")}<//></p>
    <//>
  `;
}

export function ConnectionSandbox({ connection }) {
  const [sends, setSends] = useState(false);
  const { sandbox, node_id: node, state } = connection;
  if (!sandbox) return null;
  return html`
    <${Banner} sandbox=${sandbox} node=${node} />
    <div class="row">
      <button
        type="button"
        class="button"
        data-needs="change" data-t="connection.traffic"
        disabled=${state === "paused"}
        onClick=${() => setSends(true)}
      >
        ${t("sandbox.traffic")}
      </button>
    </div>
    ${sends && html`<${SampleTraffic} connection=${connection} onClose=${() => setSends(false)} />`}
  `;
}
