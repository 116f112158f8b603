// The page of a push record: what it does, what can be done with it, its schedule and its history.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, number } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine } from "../../lib/fields.js";
import { Fact } from "../../lib/fact.js";
import { connectionHref } from "../../lib/links.js";
import { Missing } from "../shell/missing.js";
import { When } from "./push-list.js";
import { History } from "./push-history.js";
import { DeletePush } from "./push-delete.js";
import { StartButton, useStart } from "./push-start.js";
import { PushError, pushHref, runHref, sourceText, targetText } from "./push-words.js";

function Facts({ record }) {
  const target = record.target_node_id
    ? html`<${Link} href=${connectionHref(record.target)} data-t="push.to-connection">${targetText(record)}<//>`
    : targetText(record);
  return html`
    <dl class="facts push-facts">
      <${Fact} name=${t("column.push-source")}>${t(`push.source.${record.source}`)} · ${sourceText(record)}<//>
      <${Fact} name=${t("column.push-target")}>${target}<//>
      <${Fact} name=${t("push.section.groups")}>
        ${record.groups.length > 0 ? record.groups.join(", ") : t("push.everybody")}
      <//>
      <${Fact} name=${t("push.field.destructive")}>${t(`push.destructive.${record.destructive}`)}<//>
      ${record.people !== null && html`<${Fact} name=${t("push.people")}>${number(record.people)}<//>`}
    </dl>
  `;
}

function Schedule({ record, set }) {
  const { schedule } = record;
  const toggle = useAct(async () => {
    const next = await post(`/push-records/${record.record_id}/schedule`, { enabled: !schedule.enabled });
    set(next);
    announce(t(next.schedule.enabled ? "push.schedule-on" : "push.schedule-off"));
  });
  return html`
    <section class="card">
      <h2>${t("push.section.schedule")}</h2>
      <p data-t="push.when"><${When} record=${record} /></p>
      <${PushError} error=${toggle.error} />
      <div class="row">
        ${
          schedule
            ? html`
              <button
                type="button"
                class="button"
                aria-busy=${toggle.busy ? "true" : null}
                data-needs="change" data-t="push.schedule-toggle"
                onClick=${() => toggle.run()}
              >
                ${t(schedule.enabled ? "push.schedule-stop" : "push.schedule-start")}
              </button>
            `
            : html`
              <${Link} class="button" href=${`${pushHref(record.record_id)}/edit`} data-needs="change" data-t="push.schedule-set">
                ${t("push.schedule-set")}
              <//>
            `
        }
      </div>
    </section>
  `;
}

function Page({ record, set }) {
  const [deleting, setDeleting] = useState(false);
  const start = useStart(record.record_id);
  const confirmed = record.confirmed_at !== null;
  const to = { start };
  const { name } = record;
  const quoted = /^[\w.-]+$/.test(name) ? name : `'${name.replace(/'/g, "'\\''")}'`;
  return html`
    <header class="page-head connection-head">
      <div>
        <p class="crumb"><${Link} href="/ui/push" data-t="push.to-list">${t("nav.push")}<//></p>
        <${Heading} text=${name} />
      </div>
      <div class="row">
        <${StartButton} ...${to} kind="check" hook="push.check" />
        <${StartButton} ...${to} kind="preview" primary=${!confirmed} hook="push.preview" />
        ${confirmed && html`<${StartButton} ...${to} kind="run" primary=${true} hook="push.run" />`}
        <${Link} class="button" href=${`${pushHref(record.record_id)}/edit`} data-needs="change" data-t="push.edit">${t("push.edit")}<//>
        <button type="button" class="button danger" data-needs="change" data-t="push.delete" onClick=${() => setDeleting(true)}>
          ${t("act.delete")}
        </button>
      </div>
    </header>
    <${PushError} error=${start.error} hook="push.start-error" />
    ${
      record.open_run_id !== null &&
      html`
        <${Notice} hook="push.under-way">
          <p>${t("push.under-way")}</p>
          <p>
            <${Link}
              class="button small"
              href=${runHref({ record_id: record.record_id, run_id: record.open_run_id })}
              data-t="push.to-run"
            >
              ${t("push.watch")}
            <//>
          </p>
        <//>
      `
    }
    ${!confirmed && html`<${Notice} kind="warn" hook="push.first"><p>${t("push.first")}</p><//>`}
    <section class="card"><h2>${t("push.summary")}</h2><${Facts} record=${record} /></section>
    <${Schedule} record=${record} set=${set} />
    <${History} record=${record} />
    <${CommandLine}
      hook="push.cli"
      lines=${[
        `scimbox push record check ${quoted}`,
        `scimbox push run --record ${quoted} --dry-run`,
        `scimbox push run --record ${quoted}`,
        `scimbox push history ${quoted}`,
      ]}
    />
    ${deleting && html`<${DeletePush} record=${record} onClose=${() => setDeleting(false)} />`}
  `;
}

export function PushRecord({ id }) {
  const one = useLoad(() => get(`/push-records/${id}`), [id]);
  if (one.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("push.gone")} />`;
  if (one.value === null)
    return html`
      <header class="page-head"><${Heading} text=${t("nav.push")} /></header>
      <${Loaded} of=${one} hook="push-record" />
    `;
  return html`<${Page} record=${one.value} set=${one.set} />`;
}
