// Behaviour: the provider and all settings of a connection, each explained.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, patch } from "../../lib/api.js";
import { Changeable } from "../../lib/rights.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { useLeaveQuestion } from "../../lib/leaving.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { CheckField, RadioGroup, SelectField, TextField } from "../../lib/fields.js";
import { idpName } from "../../lib/idp.js";

// What is as in every new connection is not told.
const settingsOf = (connection) => ({ client_cert: "server", ...connection.settings });

function changes(form, connection) {
  const changed = {};
  const before = settingsOf(connection);
  if (form.idp !== connection.idp) changed.idp = form.idp;
  for (const [name, value] of Object.entries(form.settings)) if (value !== before[name]) changed[name] = value;
  return changed;
}

const CHOICES = {
  deprovision: ["lock", "delete"],
  approval: ["manual", "sign-in", "automatic"],
  unique_users: ["appliance", "node"],
  tolerance: ["liberal", "strict"],
  announce: ["full", "minimal"],
  capture: ["metadata", "full", "off"],
  client_cert: ["server", "required", "off"],
};

const RANGES = { page_size: [1, 10000], rate_limit: [0, 1000000] };

export function Behaviour({ connection, set }) {
  const fresh = () => ({ idp: connection.idp, settings: settingsOf(connection) });
  const [form, setForm] = useState(fresh);
  const idps = useLoad(() => get("/idps"), []);
  const changed = changes(form, connection);
  const dirty = Object.keys(changed).length > 0;
  const leaveQuestion = useLeaveQuestion(dirty);
  const isWrong = (name) =>
    !(
      Number.isInteger(form.settings[name]) &&
      form.settings[name] >= RANGES[name][0] &&
      form.settings[name] <= RANGES[name][1]
    );
  const wrong = Object.keys(RANGES).some(isWrong);
  const act = useAct(async () => {
    set(await patch(`/connections/${connection.scim_id}`, changed));
    announce(t("behaviour.saved"));
  });
  const settingsText = JSON.stringify(connection.settings) + connection.idp;
  useEffect(() => {
    if (!act.error) setForm(fresh());
  }, [settingsText]);
  const change = (name) => (value) => setForm({ ...form, settings: { ...form.settings, [name]: value } });
  const submit = (event) => {
    event.preventDefault();
    if (dirty && !wrong) act.run();
  };
  const radios = (name) => html`
    <${RadioGroup}
      legend=${t(`setting.${name}`)}
      name=${name}
      value=${form.settings[name]}
      onValue=${change(name)}
      hook=${`behaviour.${name}`}
      options=${CHOICES[name].map((value) => ({
        value,
        label: t(`set.${name}.${value}`),
        hint: t(`set.${name}.${value}.text`),
      }))}
    />
  `;
  const number = (name, problem) => html`
    <${TextField}
      label=${t(`setting.${name}`)}
      hint=${t(`setting.${name}.text`)}
      inputmode="numeric"
      value=${String(Number.isNaN(form.settings[name]) ? "" : form.settings[name])}
      onValue=${(value) => change(name)(/^\d+$/.test(value) ? Number(value) : NaN)}
      error=${isWrong(name) ? t(problem) : null}
      hook=${`behaviour.${name}`}
    />
  `;
  const list = (name) => html`
    <${TextField}
      label=${t(`setting.${name}`)}
      hint=${t(`setting.${name}.text`)}
      value=${form.settings[name] ?? ""}
      onValue=${(value) => change(name)(value || (connection.settings[name] && ""))}
      autocomplete="off"
      hook=${`behaviour.${name}`}
    />
  `;
  const names = idps.value ? idps.value.map((idp) => idp.name) : [connection.idp];
  return html`
    <h2>${t("tab.behaviour")}</h2>
    <form class="form settings" onSubmit=${submit} noValidate>
      <${Changeable}>
      <${SelectField}
        label=${t("wizard.step.provider")}
        hint=${t("behaviour.idp-hint")}
        value=${form.idp}
        onValue=${(idp) => setForm({ ...form, idp })}
        hook="behaviour.idp"
        options=${names.map((name) => [name, idpName(name)])}
      />
      ${radios("deprovision")}
      ${radios("approval")}
      <${TextField}
        label=${t("setting.role_prefix")}
        hint=${t("setting.role_prefix.text")}
        value=${form.settings.role_prefix ?? ""}
        onValue=${(value) => change("role_prefix")(value || null)}
        autocomplete="off"
        hook="behaviour.role_prefix"
      />
      <${CheckField}
        label=${t("setting.unique_groups")}
        hint=${t("setting.unique_groups.text")}
        checked=${form.settings.unique_groups}
        onValue=${change("unique_groups")}
        hook="behaviour.unique_groups"
      />
      <${CheckField}
        label=${t("setting.email_required")}
        hint=${t("setting.email_required.text")}
        checked=${form.settings.email_required}
        onValue=${change("email_required")}
        hook="behaviour.email_required"
      />
      ${radios("unique_users")}
      ${number("page_size", "behaviour.page-size-wrong")}
      ${number("rate_limit", "behaviour.rate-limit-wrong")}
      ${list("allow_from")}
      ${radios("client_cert")}
      ${list("client_cert_names")}
      ${radios("tolerance")}
      ${radios("announce")}
      ${radios("capture")}
      <//>
      <${ErrorNotice} error=${act.error} hook="behaviour.error" />
      ${dirty && html`<${Notice} hook="behaviour.unsaved"><p>${t("behaviour.unsaved")}</p><//>`}
      <div class="row end">
        <button
          type="button"
          class="button"
          disabled=${!dirty}
          data-needs="change" data-t="behaviour.reset"
          onClick=${() => {
            act.clear();
            setForm(fresh());
          }}
        >
          ${t("behaviour.reset")}
        </button>
        <button
          class="button primary"
          disabled=${!dirty || wrong}
          aria-busy=${act.busy ? "true" : null}
          data-needs="change" data-t="behaviour.save"
        >
          ${t("act.save")}
        </button>
      </div>
    </form>
    ${leaveQuestion}
  `;
}
