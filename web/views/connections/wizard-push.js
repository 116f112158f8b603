// Step 2 of the wizard for SCIM push: the connection that the push fills; its record comes next.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { navigate } from "../../lib/route.js";
import { RadioGroup } from "../../lib/fields.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { rememberChoices } from "../../lib/draft.js";
import { newPushHref } from "../push/push-sources.js";

export function PushStep({ node, choices, setChoices, source, draft, go }) {
  const act = useAct(async () => {
    const saved = await post(`/nodes/${node.node_id}/push-connection`, { preset: choices.preset });
    rememberChoices(node.node_id, null);
    navigate(newPushHref(source, saved.scim_id), { ask: false });
  });
  const submit = (event) => {
    event.preventDefault();
    act.run();
  };
  return html`
    <form class="card step-panel" onSubmit=${submit}>
      <h2 tabindex="-1">${t(`wizard.method.${source}`)}</h2>
      <p>${t("wizard.push-text", { node: node.name })}</p>
      ${draft && html`<${Notice} kind="warn"><p>${t("wizard.push-draft")}</p><//>`}
      <${RadioGroup}
        legend=${t("wizard.preset")}
        name="preset"
        value=${choices.preset}
        onValue=${(preset) => setChoices({ ...choices, preset })}
        hook="wizard.preset"
        options=${["keeper", "rfc"].map((preset) => ({
          value: preset,
          label: t(`preset.${preset}`),
          hint: t(`preset.${preset}.text`),
        }))}
      />
      <${ErrorNotice} error=${act.error} hook="wizard.error" />
      <div class="row end">
        <button type="button" class="button" data-t="wizard.back" onClick=${() => go(1)}>${t("act.back")}</button>
        <button class="button primary" aria-busy=${act.busy ? "true" : null} data-t="wizard.next">
          ${t("wizard.push-next")}
        </button>
      </div>
    </form>
  `;
}
