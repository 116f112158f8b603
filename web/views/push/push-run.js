// The page of a run: how far it is while it is under way, then what it came to and what to do next.
import { html, useEffect, useRef } from "../../vendor/preact-htm.js";
import { t, dateTime, number } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { ErrorNotice, Loaded } from "../../lib/feedback.js";
import { Fact } from "../../lib/fact.js";
import { Icon } from "../../lib/icons.js";
import { actorName } from "../../lib/actor.js";
import { Missing } from "../shell/missing.js";
import { Plan } from "./push-plan.js";
import { Progress } from "./push-progress.js";
import { Changes, Outcome, Refusals, Steps } from "./push-outcome.js";
import { durationText, isOpen, pushHref, RunChip } from "./push-words.js";

const POLL_MS = 700;

// A run with its record; while it is under way it is read again and again, and the record once it is over.
function useRun(id, recordId) {
  const one = useLoad(async () => {
    // The record second: the other way round it may still name the run as under way that has ended meanwhile.
    const detail = await get(`/push-runs/${id}`);
    const record = await get(`/push-records/${recordId}`);
    return { ...detail, record };
  }, [id]);
  const open = one.value !== null && isOpen(one.value.run);
  useEffect(() => {
    if (!open) return undefined;
    let asking = false;
    let left = false;
    const timer = setInterval(async () => {
      if (document.hidden || asking) return;
      asking = true;
      try {
        const detail = await get(`/push-runs/${id}`);
        const record = isOpen(detail.run) ? null : await get(`/push-records/${recordId}`);
        if (!left) one.set((old) => ({ ...detail, record: record ?? old.record }));
      } catch {
        // The banner says that the server is away; the next round asks again.
      }
      asking = false;
    }, POLL_MS);
    return () => {
      left = true;
      clearInterval(timer);
    };
  }, [id, open]);
  return one;
}

function Cancel({ run, onDetail }) {
  const act = useAct(async () => {
    onDetail(await post(`/push-runs/${run.run_id}/cancel`));
    announce(t("push.cancelling"), { visible: false });
  });
  return html`
    <${ErrorNotice} error=${act.error} hook="push.cancel-error" />
    <div class="row">
      <button
        type="button"
        class="button"
        disabled=${run.cancel_requested}
        aria-busy=${act.busy ? "true" : null}
        data-needs="change" data-t="push.cancel-run"
        onClick=${() => act.run()}
      >
        ${t("push.cancel-run")}
      </button>
      <span class="hint">${t(run.cancel_requested ? "push.cancelling" : "push.cancel.text")}</span>
    </div>
  `;
}

function Facts({ run }) {
  return html`
    <dl class="facts">
      <${Fact} name=${t("column.push-by")}>
        ${run.trigger === "schedule" ? t("push.trigger.schedule") : (actorName(run.created_by) ?? "–")}
      <//>
      <${Fact} name=${t("column.when")}>${dateTime(run.started_at ?? run.created_at)}<//>
      ${!isOpen(run) && html`<${Fact} name=${t("column.push-duration")}>${durationText(run)}<//>`}
      ${run.requests > 0 && html`<${Fact} name=${t("push.requests")}>${number(run.requests)}<//>`}
    </dl>
  `;
}

function Page({ detail, set }) {
  const { run, record, steps, refusals } = detail;
  const open = isOpen(run);
  const was = useRef(open);
  useEffect(() => {
    if (was.current && !open) announce(t("push.ended", { state: t(`push.state.${run.state}`) }), { visible: false });
    was.current = open;
  }, [open]);
  const isCheck = run.kind === "check";
  const planned = run.kind === "preview" && run.has_plan;
  return html`
    <header class="page-head connection-head">
      <div>
        <p class="crumb">
          <${Link} href=${pushHref(run.record_id)} data-t="push.to-record">${record.name}<//>
        </p>
        <${Heading} text=${t(`push.kind.${run.kind}`)} title=${`${t(`push.kind.${run.kind}`)} · ${record.name}`} />
        <p class="chips"><${RunChip} run=${run} hook="push.state" /></p>
      </div>
      <div class="row">
        <a class="button" href=${`/api/v1/push-runs/${run.run_id}/log`} download=${`push-${run.run_id}.log`} data-t="push.log">
          <${Icon} name="download" />
          ${t("push.log")}
        </a>
      </div>
    </header>
    ${!open && html`<${Outcome} run=${run} record=${record} />`}
    <section class="card push-run">
      <${Facts} run=${run} />
      ${open && !isCheck && html`<${Progress} run=${run} />`}
      ${isCheck && html`<${Steps} steps=${steps} open=${open} />`}
      ${open && html`<${Cancel} run=${run} onDetail=${(next) => set((old) => ({ ...next, record: old.record }))} />`}
      ${!open && !isCheck && run.state !== "failed" && html`<${Changes} run=${run} />`}
    </section>
    ${planned && !open && html`<${Plan} run=${run} record=${record} />`}
    ${!planned && refusals.length > 0 && html`<${Refusals} refusals=${refusals} total=${run.refused} />`}
  `;
}

export function PushRun({ id, run }) {
  const one = useRun(run, id);
  if (one.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("push.run-gone")} />`;
  if (one.value === null)
    return html`
      <header class="page-head"><${Heading} text=${t("nav.push")} /></header>
      <${Loaded} of=${one} hook="push-run" />
    `;
  return html`<${Page} detail=${one.value} set=${one.set} />`;
}
