// Backups: what there is and how old, a new one, checking and downloading one, the schedule, and how to restore.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, ago, dateTime, mebibytes } from "../../lib/i18n.js";
import { beforeDownload, get, post, remove } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Heading } from "../../lib/heading.js";
import { Empty, ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { Icon } from "../../lib/icons.js";
import { Ago } from "../../lib/moment.js";
import { may } from "../../lib/rights.js";
import { Table } from "../../lib/table.js";
import { BackupSchedule } from "../settings/settings-kept.js";

const OLD_MS = 7 * 24 * 3600 * 1000;

const path = (name) => `/backups/${encodeURIComponent(name)}`;

function Age({ newest }) {
  if (!newest) return null;
  const old = Date.now() - new Date(newest.created_at) > OLD_MS;
  return html`
    <${Notice} kind=${old ? "warn" : "good"} hook="backups.age">
      <p>${t(old ? "backups.old" : "backups.newest", { time: ago(newest.created_at) })}</p>
    <//>
  `;
}

function Verdict({ verdict }) {
  if (!verdict) return null;
  return html`
    <${Notice} kind=${verdict.ok ? "good" : "bad"} live=${true} hook="backups.verdict">
      <p>${t(verdict.ok ? "backups.intact" : "backups.damaged", { name: verdict.name })}</p>
      ${verdict.problems.map((one) => html`<p key=${one.check} lang="en"><code>${one.check}: ${one.found}</code></p>`)}
    <//>
  `;
}

function DeleteBackup({ backup, onClose, onDone }) {
  const act = useAct(async () => {
    await remove(path(backup.name));
    onDone();
    announce(t("backups.deleted", { name: backup.name }));
  });
  return html`
    <${DialogForm}
      title=${t("backups.delete-title")}
      hook="backup-delete"
      onClose=${onClose}
      act=${act}
      submit=${t("act.delete")}
      submitHook="backup-delete.submit"
      danger=${true}
    >
      <p class="named"><strong>${backup.name}</strong><span class="faint">${dateTime(backup.created_at)}</span></p>
      <p>${t("backups.delete-text")}</p>
    <//>
  `;
}

function Acts({ backup, verify, download, onDelete }) {
  const acts = [
    ["verify", may("change"), () => verify.run(backup.name), t("backups.verify")],
    ["download", may("secure"), () => download.run(backup.name), t("backups.download")],
    ["delete", may("secure"), () => onDelete(backup), t("act.delete")],
  ];
  return html`
    <td class="acts">
      ${acts.map(
        ([name, allowed, press, word]) => html`
          <button
            key=${name}
            type="button"
            class=${name === "delete" ? "button small danger" : "button small"}
            disabled=${!allowed}
            aria-label=${`${word}: ${backup.name}`}
            aria-describedby=${allowed ? null : "backups-role"}
            data-t=${`backups.${name}`}
            onClick=${press}
          >
            ${word}
          </button>
        `,
      )}
    </td>
  `;
}

function Restore({ folder }) {
  return html`
    <section class="card" aria-labelledby="restore-title">
      <h2 id="restore-title">${t("backups.restore")}</h2>
      <p>${t("backups.restore-text")}</p>
      <p><code>${`scimbox backup restore ${folder}/NAME`}</code></p>
    </section>
  `;
}

export function Backups() {
  const list = useLoad(() => get("/backups"), []);
  const settings = useLoad(() => get("/settings"), []);
  const [verdict, setVerdict] = useState(null);
  const [deleting, setDeleting] = useState(null);
  const create = useAct(async () => {
    setVerdict(null);
    setVerdict(await post("/backups"));
    list.reload();
  });
  const verify = useAct(async (name) => {
    setVerdict(null);
    setVerdict(await post(`${path(name)}/verify`));
  });
  const download = useAct(async (name) => {
    await beforeDownload(path(name));
    location.assign(`/api/v1${path(name)}`);
  });
  const cells = (backup) => html`
    <th scope="row">
      ${backup.name}
      ${backup.sealed && html` <span class="tag">${t("backups.sealed")}</span>`}
      ${backup.with_key && html` <span class="tag">${t("backups.with-key")}</span>`}
    </th>
    <td class="keep" data-label=${t("column.created")}><${Ago} at=${backup.created_at} /></td>
    <td class="keep" data-label=${t("column.size")}>${mebibytes(backup.bytes)}</td>
    <td data-label=${t("column.made-by")}>${t(backup.scheduled ? "backups.by-schedule" : "backups.by-hand")}</td>
    <${Acts} backup=${backup} verify=${verify} download=${download} onDelete=${setDeleting} />
  `;
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.backups")} /><p class="lead">${t("backups.lead")}</p></div>
      <button
        type="button"
        class="button primary"
        disabled=${!may("change")}
        aria-busy=${create.busy ? "true" : null}
        aria-describedby=${may("secure") ? null : "backups-role"}
        data-t="backups.create"
        onClick=${() => create.run()}
      >
        <${Icon} name="plus" />
        ${t(create.busy ? "backups.making" : "backups.create")}
      </button>
    </header>
    ${
      !may("secure") &&
      html`<p class="hint" id="backups-role">${t(may("change") ? "role.owner-only" : "role.looks-only")}</p>`
    }
    <${ErrorNotice} error=${create.error ?? verify.error ?? download.error} hook="backups.error" />
    <${Verdict} verdict=${verdict} />
    <section class="card">
      <${Loaded} of=${list} hook="backups">
        ${({ backups }) =>
          backups.length === 0
            ? html`
              <${Empty}
                icon="archive"
                title=${t("backups.empty-title")}
                text=${t("backups.empty-text")}
                hook="backups.empty"
              />
            `
            : html`
              <${Age} newest=${backups[0]} />
              <${Table}
                label=${t("nav.backups")}
                hook="backups"
                cards=${true}
                columns=${["name", "created", "size", "made-by"]}
                rows=${backups}
                idOf=${(backup) => backup.name}
                cells=${cells}
                acts=${true}
              />
            `}
      <//>
    </section>
    <${Loaded} of=${settings} hook="backups-schedule">
      ${(all) => html`<${BackupSchedule} settings=${all} onSaved=${settings.set} />`}
    <//>
    ${list.value && html`<${Restore} folder=${list.value.folder} />`}
    <${CommandLine}
      hook="backups.cli"
      lines=${["scimbox backup create", "scimbox backup list", "scimbox backup verify FILE"]}
    />
    ${
      deleting &&
      html`
        <${DeleteBackup}
          backup=${deleting}
          onClose=${() => setDeleting(null)}
          onDone=${() => {
            setDeleting(null);
            list.reload();
          }}
        />
      `
    }
  `;
}
