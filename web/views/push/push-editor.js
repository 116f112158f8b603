// The editor of a push record: one page with its sections, for a new record and for one that is there.
import { html, useRef, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, patch, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { useLeaveQuestion } from "../../lib/leaving.js";
import { Link, navigate, route } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Loaded, Notice } from "../../lib/feedback.js";
import { Missing } from "../shell/missing.js";
import { bodyOf, fieldOf, firstValues, scheduleOf, wrongOf } from "./push-form.js";
import { SourceSection, TargetSection, useFirstWrong } from "./push-sections.js";
import { LimitsSection, OptionsSection, ScheduleSection } from "./push-options.js";
import { SourceCards } from "./push-sources.js";
import { PushError, pushHref, SOURCES } from "./push-words.js";

function Form({ source, connections, record: first, target }) {
  const [begun] = useState(() => firstValues(first, target));
  const [values, setValues] = useState(begun);
  const leaveQuestion = useLeaveQuestion(JSON.stringify(values) !== JSON.stringify(begun));
  const [record, setRecord] = useState(first);
  const [wrong, setWrong] = useState({});
  const [round, setRound] = useState(0);
  const ref = useRef(null);
  useFirstWrong(ref, round);
  const complain = (next) => {
    setWrong(next);
    setRound((old) => old + 1);
  };
  const save = useAct(async () => {
    const found = wrongOf(values, source, record);
    complain(found);
    if (Object.keys(found).length > 0) return;
    try {
      const body = bodyOf(values, source, !record);
      let kept = await (record ? patch(`/push-records/${record.record_id}`, body) : post("/push-records", body));
      // Secrets are where they belong now; the schedule may still be refused.
      setRecord(kept);
      setValues((old) => ({ ...old, credentials: "", ad_password: "", target_token: "" }));
      const schedule = scheduleOf(values, kept);
      if (schedule) kept = await post(`/push-records/${kept.record_id}/schedule`, schedule);
      announce(t("push.saved"));
      navigate(pushHref(kept.record_id), { ask: false });
    } catch (error) {
      const field = fieldOf(error);
      if (!field) throw error;
      complain({ [field]: true });
      if (!document.querySelector(`[data-t="push.${field}"]`)) throw error;
    }
  });
  const form = {
    values,
    wrong,
    record,
    taken: wrong.name && values.name.trim() !== "",
    set: (changes) => {
      setValues({ ...values, ...changes });
      const names = Object.keys(changes).filter((name) => wrong[name]);
      if (names.length > 0) setWrong({ ...wrong, ...Object.fromEntries(names.map((name) => [name, false])) });
    },
  };
  const submit = (event) => {
    event.preventDefault();
    save.run();
  };
  const isWrong = Object.values(wrong).some(Boolean);
  return html`
    <form class="form-wide" ref=${ref} onSubmit=${submit} noValidate>
      <${TargetSection} form=${form} connections=${connections} />
      <${SourceSection} form=${form} source=${source} />
      <${OptionsSection} form=${form} />
      <${LimitsSection} form=${form} />
      <${ScheduleSection} form=${form} />
      <${PushError} error=${save.error} hook="push.error" />
      ${isWrong && html`<${Notice} kind="bad" hook="push.wrong"><p role="status">${t("push.correct")}</p><//>`}
      <div class="row end">
        <${Link}
          class="button"
          href=${record ? pushHref(record.record_id) : "/ui/push"}
          ask=${false}
          data-t="push.cancel"
        >
          ${t("act.cancel")}
        <//>
        <button class="button primary" aria-busy=${save.busy ? "true" : null} data-t="push.save">${t("act.save")}</button>
      </div>
    </form>
    ${leaveQuestion}
  `;
}

function Head({ title, text, children }) {
  return html`
    <header class="page-head">
      <div>
        <p class="crumb">${children}</p>
        <${Heading} text=${title} />
        <p class="lead">${text}</p>
      </div>
    </header>
  `;
}

export function NewPush() {
  const { query } = route.value;
  const asked = query.get("source");
  const source = SOURCES.includes(asked) ? asked : null;
  const connections = useLoad(() => get("/connections"), []);
  const list = html`<${Link} href="/ui/push" data-t="push.to-list">${t("nav.push")}<//>`;
  if (!source)
    return html`
      <${Head} title=${t("push.new")} text=${t("push.new.text")}>${list}<//>
      <${SourceCards} target=${query.get("target")} />
    `;
  return html`
    <${Head} title=${t(`push.new.${source}`)} text=${t("push.editor.text")}>${list}<//>
    <${Loaded} of=${connections} hook="push-editor">
      ${(all) => html`
        <${Form} key=${source} source=${source} connections=${all} record=${null} target=${query.get("target")} />
      `}
    <//>
  `;
}

export function EditPush({ id }) {
  const start = useLoad(async () => {
    const [record, connections] = await Promise.all([get(`/push-records/${id}`), get("/connections")]);
    return { record, connections };
  }, [id]);
  if (start.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("push.gone")} />`;
  const name = start.value?.record.name;
  return html`
    <${Head} title=${name ? t("push.edit-title", { name }) : t("push.edit")} text=${t("push.edit.text")}>
      <${Link} href=${pushHref(id)} data-t="push.to-record">${name ?? t("nav.push")}<//>
    <//>
    <${Loaded} of=${start} hook="push-editor">
      ${({ record, connections }) => html`
        <${Form} source=${record.source} connections=${connections} record=${record} />
      `}
    <//>
  `;
}
