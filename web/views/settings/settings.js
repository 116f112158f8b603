// Settings: seats and terms, the mail server with a test, and the texts of the invitation with their preview.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, post, session, status } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Heading } from "../../lib/heading.js";
import { ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine, PasswordField, TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { RequestsKept } from "./settings-kept.js";
import { Section, SettingSelect, SettingText, keyOf, useSection } from "./settings-section.js";
import { InvitationTexts } from "./settings-texts.js";

const LIMITS = [
  "seats",
  "invitation_days",
  "audit_days",
  "audit_file_hours",
  "audit_syslog",
  "console_allow_from",
  "second_factor_required",
  "log_level",
];
const LEVELS = ["error", "warn", "info", "debug", "trace"];
const MAIL = ["mail_host", "mail_port", "mail_tls", "mail_user", "mail_from", "mail_language"];

function SeatsUsed({ seats }) {
  if (!seats) return null;
  const { seats: all, users } = seats;
  return html`
    <p class="seats" data-t="settings.seats-used">
      ${
        all > 0 &&
        html`
          <meter
            min="0"
            max=${all}
            high=${all * 0.9}
            optimum="0"
            value=${Math.min(users, all)}
            aria-label=${t("seats.label")}
          ></meter>
        `
      }
      <span>${all > 0 ? t("seats.used", { users, seats: all }) : t("seats.used-free", { n: users })}</span>
    </p>
  `;
}

function CertificateDays() {
  const seen = useLoad(() => get("/status"), [], true);
  if (seen.value?.certificate_days == null) return null;
  return html`<p data-t="settings.certificate">${t("settings.certificate", { n: seen.value.certificate_days })}</p>`;
}

function Limits({ settings, onSaved }) {
  const section = useSection(settings, LIMITS, onSaved);
  const seats = useLoad(() => get("/seats"), [settings.seats.value], true);
  return html`
    <${Section} title=${t("settings.limits")} section=${section} hook="settings-limits">
      <${SettingText} section=${section} name="seats" hint=${t("settings.seats.text")} />
      <${SeatsUsed} seats=${seats.value} />
      <${SettingText} section=${section} name="invitation_days" hint=${t("settings.invitation_days.text")} />
      <${SettingText} section=${section} name="audit_days" hint=${t("settings.audit_days.text")} />
      <${SettingText} section=${section} name="audit_file_hours" hint=${t("settings.audit_file_hours.text")} />
      <${SettingText} section=${section} name="audit_syslog" hint=${t("settings.audit_syslog.text")} spellcheck="false" />
      <${SettingText} section=${section} name="console_allow_from" hint=${t("setting.allow_from.text")} spellcheck="false" />
      <${SettingSelect} section=${section} name="second_factor_required" values=${["off", "on"]} />
      <${SettingSelect} section=${section} name="log_level" hint=${t("settings.log_level.text")} values=${LEVELS} />
      <${CertificateDays} />
    <//>
  `;
}

// Sends with the values of the form, saved or not; the password serves this one mail and is not stored.
function TestMail({ section, password, onClose }) {
  const [to, setTo] = useState(session.value.admin.email);
  const [secret, setSecret] = useState("");
  const act = useAct(async () => {
    const unsaved = Object.fromEntries(section.dirty.map((name) => [name, section.typed(name)]));
    await post("/settings/test-mail", { to: to.trim(), ...unsaved, ...(secret && { mail_password: secret }) });
    onClose();
    announce(t("settings.test-sent", { to: to.trim() }));
  });
  return html`
    <${DialogForm}
      title=${t("settings.test")}
      hook="test-mail"
      onClose=${onClose}
      act=${{ ...act, error: null }}
      submit=${t("settings.test-submit")}
      submitHook="test-mail.submit"
      ready=${to.trim() !== ""}
    >
      <p>${t(section.dirty.length ? "settings.test-unsaved" : "settings.test-text")}</p>
      <${TextField}
        label=${t("settings.test-to")}
        type="email"
        value=${to}
        onValue=${setTo}
        data-first
        autocomplete="email"
        hook="test-mail.to"
      />
      <${PasswordField}
        label=${t("settings.test-password")}
        hint=${t(password.set ? "settings.test-password-set" : "settings.test-password-none")}
        autocomplete="off"
        value=${secret}
        onValue=${setSecret}
        hook="test-mail.password"
      />
      <${ErrorNotice} error=${act.error} hook="test-mail.error">
        ${act.error?.code === "MAIL_FAILED" && html`<p lang="en"><code>${act.error.message}</code></p>`}
      <//>
    <//>
  `;
}

function Mail({ settings, onSaved }) {
  const section = useSection(settings, MAIL, onSaved);
  const [testing, setTesting] = useState(false);
  const password = settings.mail_password;
  const none = section.form.mail_host.trim() === "";
  return html`
    <${Section}
      title=${t("settings.mail")}
      section=${section}
      hook="settings-mail"
      extra=${html`
        <button
          type="button"
          class="button"
          disabled=${none || section.names.some(section.wrong)}
          data-t="settings.test"
          onClick=${() => setTesting(true)}
        >
          ${t("settings.test")}
        </button>
      `}
    >
      <p class="hint">${t("settings.mail.text")}</p>
      ${none && html`<${Notice} kind="warn" hook="settings.no-mail"><p>${t("outbox.no-mail")}</p><//>`}
      <${SettingText} section=${section} name="mail_host" hint=${t("settings.mail_host.text")} spellcheck="false" />
      <div class="pair">
        <${SettingText} section=${section} name="mail_port" />
        <${SettingSelect} section=${section} name="mail_tls" values=${["starttls", "tls", "none"]} />
      </div>
      ${section.form.mail_tls === "none" && html`<${Notice} kind="warn"><p>${t("settings.mail-plain")}</p><//>`}
      <${SettingText} section=${section} name="mail_user" hint=${t("settings.mail_user.text")} spellcheck="false" />
      <div class="field">
        <p class="label">${t("settings.mail_password")}</p>
        <p data-t="settings.mail_password" data-origin=${password.origin}>
          ${t(`settings.mail_password.${password.origin}`)}
        </p>
        <p class="hint">
          ${t("settings.mail_password.text")} <code>SCIMBOX_MAIL_PASSWORD</code>,${" "}
          <code>SCIMBOX_MAIL_PASSWORD_FILE</code>
        </p>
      </div>
      <${SettingText} section=${section} name="mail_from" hint=${t("settings.mail_from.text")} spellcheck="false" />
      <${SettingSelect}
        section=${section}
        name="mail_language"
        hint=${t("settings.mail_language.text")}
        values=${["en", "ja"]}
      />
    <//>
    ${testing && html`<${TestMail} section=${section} password=${password} onClose=${() => setTesting(false)} />`}
  `;
}

// The address is an option of the server, so it is shown and not changed here.
function PublicAddress() {
  const { base_url: url } = status.value;
  const local = /^https?:\/\/(localhost|127\.|\[::1\])/.test(url);
  return html`
    <section class="card" aria-labelledby="settings-address">
      <h2 id="settings-address">${t("settings.address")}</h2>
      <p><code data-t="settings.address">${url}</code></p>
      <p class="hint">${t(local ? "settings.address.local" : "settings.address.text")} <code>serve --base-url URL</code></p>
    </section>
  `;
}

export function Settings() {
  const settings = useLoad(() => get("/settings"), []);
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.settings")} /><p class="lead">${t("settings.lead")}</p></div>
    </header>
    <${PublicAddress} />
    <${Loaded} of=${settings} lines=${8} hook="settings">
      ${(all) => html`
        <${Limits} key=${keyOf(all, LIMITS)} settings=${all} onSaved=${settings.set} />
        <${RequestsKept} settings=${all} onSaved=${settings.set} />
        <${Mail} key=${keyOf(all, MAIL)} settings=${all} onSaved=${settings.set} />
        <${InvitationTexts} settings=${all} onSaved=${settings.set} keyOf=${keyOf} />
      `}
    <//>
    <${CommandLine} hook="settings.cli" lines=${["scimbox settings get", "scimbox settings set seats 500"]} />
  `;
}
