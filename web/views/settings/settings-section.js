// One section of the settings: its own form, what is unsaved, and where each value comes from.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { patch } from "../../lib/api.js";
import { Changeable, may } from "../../lib/rights.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { useLeaveQuestion } from "../../lib/leaving.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { SelectField, TextField } from "../../lib/fields.js";

// Whole numbers and their limits.
const RANGES = {
  seats: [0, 10000000],
  invitation_days: [1, 90],
  audit_days: [0, 36500],
  audit_file_hours: [0, 8760],
  requests_count: [100, 1000000],
  requests_days: [1, 3650],
  requests_mib: [1, 100000],
  requests_body_kib: [1, 1024],
  backup_hours: [0, 8760],
  backup_keep: [1, 1000],
  mail_port: [1, 65535],
};

// A section starts again when one of its values was saved.
export const keyOf = (all, names) => names.map((name) => `${all[name].origin}${all[name].value}`).join("\u0000");

export const isFixed = (value) => value.origin === "environment";

// What only an owner changes.
const OWNERS = [
  "audit_days",
  "audit_file_hours",
  "audit_syslog",
  "audit_syslog_ca",
  "console_allow_from",
  "second_factor_required",
];
const isShut = (name) => OWNERS.includes(name) && may("change") && !may("secure");

// The form of the settings `names`: texts while they are typed, the changes as the API takes them.
export function useSection(settings, names, onSaved) {
  const fresh = () => Object.fromEntries(names.map((name) => [name, String(settings[name].value ?? "")]));
  const [form, setForm] = useState(fresh);
  const wrong = (name) =>
    RANGES[name] &&
    !(/^\d+$/.test(form[name]) && Number(form[name]) >= RANGES[name][0] && Number(form[name]) <= RANGES[name][1]);
  const typed = (name) => (RANGES[name] ? Number(form[name]) : form[name]);
  const dirty = names.filter((name) => !isFixed(settings[name]) && form[name] !== String(settings[name].value ?? ""));
  // The default is asked for by name, so that a later version may change it.
  const changes = Object.fromEntries(
    dirty.map((name) => [name, form[name] === String(settings[name].default ?? "") ? null : typed(name)]),
  );
  const act = useAct(async () => {
    onSaved(await patch("/settings", changes));
    announce(t("behaviour.saved"));
  });
  return {
    settings,
    names,
    form,
    wrong,
    typed,
    dirty,
    act,
    put: (name, value) => setForm({ ...form, [name]: value }),
    reset: () => {
      act.clear();
      setForm(fresh());
    },
  };
}

// Where the value comes from: default, set here, or fixed; with a button back to the default.
function Origin({ section, name }) {
  const { origin, default: usual } = section.settings[name];
  const back = section.form[name] !== String(usual ?? "");
  const shown = usual === "" || usual === null ? t("settings.empty") : String(usual);
  return html`
    <p class="origin" data-t=${`settings.${name}.origin`} data-origin=${origin}>
      <span class="tag">${t(`settings.origin.${origin}`)}</span>
      ${
        origin === "environment"
          ? html`<span class="hint">${t("settings.fixed")}</span>`
          : back &&
            html`
              <button
                type="button"
                class="link-button"
                data-t=${`settings.${name}.default`}
                onClick=${() => section.put(name, String(usual ?? ""))}
              >
                ${
                  String(usual).length > 40
                    ? t("settings.use-default")
                    : t("settings.use-default-value", { value: shown })
                }
              </button>
            `
      }
    </p>
  `;
}

export function SettingText({ section, name, label = t(`settings.${name}`), hint, ...rest }) {
  const fixed = isFixed(section.settings[name]) || isShut(name);
  const [least, most] = RANGES[name] ?? [];
  return html`
    <div class="setting">
      <${TextField}
        label=${label}
        hint=${isShut(name) ? t("role.owner-setting") : hint}
        readonly=${fixed}
        autocomplete="off"
        inputmode=${RANGES[name] ? "numeric" : null}
        ...${rest}
        value=${section.form[name]}
        onValue=${(value) => section.put(name, value)}
        error=${section.wrong(name) ? t("settings.range", { least, most }) : null}
        hook=${`settings.${name}`}
      />
      <${Origin} section=${section} name=${name} />
    </div>
  `;
}

export function SettingSelect({ section, name, hint, values }) {
  const fixed = isFixed(section.settings[name]) || isShut(name);
  return html`
    <div class="setting">
      <${SelectField}
        label=${t(`settings.${name}`)}
        hint=${isShut(name) ? t("role.owner-setting") : hint}
        disabled=${fixed}
        value=${section.form[name]}
        onValue=${(value) => section.put(name, value)}
        hook=${`settings.${name}`}
        options=${values.map((value) => [value, t(`settings.${name}.${value}`)])}
      />
      <${Origin} section=${section} name=${name} />
    </div>
  `;
}

export function Section({ title, section, hook, children, extra }) {
  const { act, dirty, names, wrong } = section;
  const ready = dirty.length > 0 && !names.some(wrong);
  const leaveQuestion = useLeaveQuestion(dirty.length > 0);
  const submit = (event) => {
    event.preventDefault();
    if (ready) act.run();
  };
  return html`
    <section class="card" aria-labelledby=${`${hook}-title`}>
      <form class="form settings" onSubmit=${submit} noValidate>
        <h2 id=${`${hook}-title`}>${title}</h2>
        <${Changeable}>${children}<//>
        <${ErrorNotice} error=${act.error} hook=${`${hook}.error`} />
        ${dirty.length > 0 && html`<${Notice} hook=${`${hook}.unsaved`}><p>${t("behaviour.unsaved")}</p><//>`}
        <div class="row end">
          ${extra}
          <button
            type="button"
            class="button"
            disabled=${dirty.length === 0}
            data-needs="change" data-t=${`${hook}.reset`}
            onClick=${section.reset}
          >
            ${t("behaviour.reset")}
          </button>
          <button
            class="button primary"
            disabled=${!ready}
            aria-busy=${act.busy ? "true" : null}
            data-needs="change" data-t=${`${hook}.save`}
          >
            ${t("act.save")}
          </button>
        </div>
      </form>
      ${leaveQuestion}
    </section>
  `;
}
