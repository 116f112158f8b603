// Steps 1 and 2 of the wizard: the method, then the identity provider and the options.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { navigate } from "../../lib/route.js";
import { CheckField, RadioGroup, SelectField, TextField } from "../../lib/fields.js";
import { Icon } from "../../lib/icons.js";
import { idpName, PRESETS, settingText } from "../../lib/idp.js";
import { effectiveSettings } from "../../lib/draft.js";
import { nodeHref } from "../../lib/links.js";
import { SOURCES } from "../push/push-words.js";

// The methods: SCIM, and SCIM push from each source.
const METHODS = ["scim", ...SOURCES];

export function MethodStep({ node, choices, setChoices, go, goPush }) {
  const { method } = choices;
  const submit = (event) => {
    event.preventDefault();
    if (method === "scim") go(2);
    else goPush(method);
  };
  return html`
    <form class="card step-panel" onSubmit=${submit}>
      <h2 tabindex="-1">${t("wizard.method-title")}</h2>
      <fieldset class="radios cards single">
        <legend class="off-screen">${t("wizard.method-title")}</legend>
        <div class="radio-list">
          ${METHODS.map(
            (name) => html`
              <label key=${name} class="radio">
                <input
                  type="radio"
                  name="method"
                  value=${name}
                  checked=${name === method}
                  data-t=${`wizard.method.${name}`}
                  onChange=${() => setChoices({ ...choices, method: name })}
                />
                <span>
                  <span class="radio-label">
                    <${Icon} name=${name === "scim" ? "plug" : "push"} /> ${t(`wizard.method.${name}`)}
                  </span>
                  <span class="hint">${name === "scim" ? t("wizard.method-text") : t(`push.source.${name}.text`)}</span>
                </span>
              </label>
            `,
          )}
        </div>
      </fieldset>
      <p class="hint">${t("node.one-idp")}</p>
      <div class="row end wizard-foot">
        <button type="button" class="button" data-t="wizard.cancel" onClick=${() => navigate(nodeHref(node.node_id))}>
          ${t("act.cancel")}
        </button>
        <button class="button primary" data-t="wizard.next">${t("act.next")}</button>
      </div>
    </form>
  `;
}

function ProviderSettings({ choices, idps }) {
  if (!choices.idp) return null;
  const sets = idps.find((idp) => idp.name === choices.idp)?.settings ?? {};
  const names = Object.keys(sets).filter((name) => name in PRESETS.keeper);
  return html`
    <div class="sets" role="status" data-t="wizard.sets">
      <p><strong>${t("wizard.idp-sets", { idp: idpName(choices.idp) })}</strong></p>
      ${
        names.length === 0
          ? html`<p class="faint">${t("wizard.idp-sets-nothing")}</p>`
          : html`<ul>${names.map((name) => html`<li key=${name}>${settingText(name, sets[name])}</li>`)}</ul>`
      }
    </div>
  `;
}

export function ProviderStep({ choices, setChoices, idps, go }) {
  const now = effectiveSettings(choices, idps);
  const change = (name, value) => setChoices({ ...choices, changed: { ...choices.changed, [name]: value } });
  // A provider or preset brings its own values, so earlier changes of those settings are dropped.
  const chooseIdp = (idp) => {
    const { unique_groups: _, ...kept } = choices.changed;
    setChoices({ ...choices, idp, changed: kept });
  };
  const choosePreset = (preset) => {
    const { approval: _, ...kept } = choices.changed;
    setChoices({ ...choices, preset, changed: kept });
  };
  const submit = (event) => {
    event.preventDefault();
    if (choices.idp) go(3);
  };
  return html`
    <form class="form-wide" onSubmit=${submit}>
      <section class="card step-panel">
        <h2 tabindex="-1">${t("wizard.idp-title")}</h2>
        <${RadioGroup}
          cards=${true}
          legend=${t("wizard.idp-legend")}
          name="idp"
          value=${choices.idp}
          onValue=${chooseIdp}
          hook="wizard.idp"
          options=${idps.map(({ name }) => ({ value: name, label: idpName(name) }))}
        />
        <${ProviderSettings} choices=${choices} idps=${idps} />
      </section>
      <details class="card step-panel" open=${Object.keys(choices.changed).length > 0}>
        <summary data-t="wizard.options">${t("wizard.options")}</summary>
        <${RadioGroup}
          legend=${t("wizard.preset")}
          name="preset"
          value=${choices.preset}
          onValue=${choosePreset}
          hook="wizard.preset"
          options=${["keeper", "rfc"].map((preset) => ({
            value: preset,
            label: t(`preset.${preset}`),
            hint: t(`preset.${preset}.text`),
          }))}
        />
        <${TextField}
          label=${t("setting.role_prefix")}
          hint=${t("setting.role_prefix.text")}
          value=${now.role_prefix ?? ""}
          onValue=${(value) => change("role_prefix", value || null)}
          autocomplete="off"
          hook="wizard.role-prefix"
        />
        <${CheckField}
          label=${t("setting.unique_groups")}
          hint=${t("setting.unique_groups.text")}
          checked=${now.unique_groups}
          onValue=${(value) => change("unique_groups", value)}
          hook="wizard.unique-groups"
        />
        <${SelectField}
          label=${t("setting.approval")}
          hint=${t("setting.approval.text")}
          value=${now.approval}
          onValue=${(value) => change("approval", value)}
          hook="wizard.approval"
          options=${["manual", "sign-in", "automatic"].map((mode) => [mode, t(`set.approval.${mode}`)])}
        />
        <${SelectField}
          label=${t("token.expiry")}
          hint=${t("token.expiry.text")}
          value=${choices.tokenDays}
          onValue=${(value) => setChoices({ ...choices, tokenDays: value })}
          hook="wizard.token-days"
          options=${[
            ["", t("token.expiry.none")],
            ["90", t("token.expiry.90")],
            ["365", t("token.expiry.365")],
          ]}
        />
      </details>
      <div class="row end wizard-foot">
        ${!choices.idp && html`<p class="hint" id="wizard-why">${t("wizard.choose-idp")}</p>`}
        <button type="button" class="button" data-t="wizard.back" onClick=${() => go(1)}>${t("act.back")}</button>
        <button
          class="button primary"
          data-t="wizard.next"
          disabled=${!choices.idp}
          aria-describedby=${choices.idp ? null : "wizard-why"}
        >
          ${t("act.next")}
        </button>
      </div>
    </form>
  `;
}
