// What is kept and for how long: captured requests, and the backups of the schedule.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Section, SettingText, keyOf, useSection } from "./settings-section.js";

const REQUESTS = ["requests_count", "requests_days", "requests_mib", "requests_body_kib"];
const SCHEDULE = ["backup_hours", "backup_keep"];

function Requests({ settings, onSaved }) {
  const section = useSection(settings, REQUESTS, onSaved);
  return html`
    <${Section} title=${t("settings.requests")} section=${section} hook="settings-requests">
      <p class="hint">${t("settings.requests.text")}</p>
      ${REQUESTS.map((name) => html`<${SettingText} key=${name} section=${section} name=${name} />`)}
    <//>
  `;
}

function Schedule({ settings, onSaved }) {
  const section = useSection(settings, SCHEDULE, onSaved);
  return html`
    <${Section} title=${t("settings.backup")} section=${section} hook="settings-backup">
      <${SettingText} section=${section} name="backup_hours" hint=${t("settings.backup_hours.text")} />
      <${SettingText} section=${section} name="backup_keep" hint=${t("settings.backup_keep.text")} />
    <//>
  `;
}

export function RequestsKept({ settings, onSaved }) {
  return html`<${Requests} key=${keyOf(settings, REQUESTS)} settings=${settings} onSaved=${onSaved} />`;
}

export function BackupSchedule({ settings, onSaved }) {
  return html`<${Schedule} key=${keyOf(settings, SCHEDULE)} settings=${settings} onSaved=${onSaved} />`;
}
