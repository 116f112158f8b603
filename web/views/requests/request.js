// One captured request, at an address of its own: what it was, what came back, what it changed and why.
import { html, useEffect } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { Link, navigate, route } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Fact } from "../../lib/fact.js";
import { Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine, CopyButton } from "../../lib/fields.js";
import { Tabs } from "../../lib/tabs.js";
import { connectionHref, teamHref, userHref } from "../../lib/links.js";
import { Missing } from "../shell/missing.js";
import { Effect } from "./request-effect.js";
import { Explain } from "./request-explain.js";
import { ExportLinks } from "./request-export.js";
import { Replay } from "./request-replay.js";
import { RequestText } from "./request-text.js";
import { adviceText } from "./request-advice.js";
import {
  addressText,
  clientName,
  duration,
  failed,
  refusalText,
  requestHref,
  sentence,
  statusTone,
} from "./request-words.js";
import { open } from "./request-seen.js";
import { wordsReady } from "./request-ja.js";
import { exactly } from "./request-time.js";

const TABS = ["summary", "request", "response", "effect", "explain", "timing", "replay"];

function Subject({ request }) {
  const { kind, subject_id: id, subject } = request;
  if (!id && !subject) return "–";
  if (!id) return subject;
  const href = kind === "Group" ? teamHref(id) : userHref(id);
  return html`<${Link} href=${href} data-t="request.subject">${subject ?? id}<//>`;
}

function Summary({ request }) {
  const cause = failed(request) && refusalText(request);
  const advice = cause && request.explain.map((one) => adviceText(one, request)).find((one) => one);
  return html`
    ${
      cause &&
      html`
      <${Notice} kind="bad" hook="request.cause">
        <p lang=${cause.lang}>${cause.text} ${
          request.code &&
          request.code !== "REFUSED" &&
          html`<code
          class="code">${request.code}</code>`
        }</p>
        ${advice && html`<p lang=${advice.lang} data-t="request.advice"><strong>${t("request.what-to-do")}</strong> ${advice.text}</p>`}
      <//>
    `
    }
    <dl class="facts">
      <${Fact} name=${t("column.time")}>${exactly(request.at)}<//>
      <${Fact} name=${t("requests.filter.client")}>${clientName(request.client)}<//>
      <${Fact} name=${t("column.from")}>${request.from}<//>
      <${Fact} name=${t("request.agent")}>${request.agent ?? "–"}<//>
      <${Fact} name=${t("request.subject")}><${Subject} request=${request} /><//>
      <${Fact} name=${t("request.connection")}>
        ${
          request.scim_id
            ? html`<${Link} href=${`${connectionHref(request.scim_id)}?tab=requests`}
              data-t="request.connection">${String(request.scim_id)}<//>`
            : t("request.no-connection")
        }
      <//>
      <${Fact} name=${t("request.capture")}>${t(`set.capture.${request.capture}`)}<//>
      <${Fact} name=${t("request.id")}>
        <code>${request.request_id}</code>
        <${CopyButton} plain=${true} text=${request.request_id} label=${t("act.copy-named", { name: t("request.id") })}
          hook="request.copy-id" />
      <//>
    </dl>
    ${
      request.relaxations.length > 0 &&
      html`
      <p data-t="request.relaxed">
        ${t("requests.relaxations")} ${request.relaxations.map((code) => t(`relaxation.${code}`)).join(", ")}
      </p>
    `
    }
    <p>
      <${Link} href=${`/ui/audit?request_id=${encodeURIComponent(request.request_id)}`} data-t="request.audit">${t("request.audit")}<//>
    </p>
  `;
}

function Timing({ request }) {
  const { ms, request_size: sent, answer_size: answered, at } = request;
  const end = new Date(new Date(at).getTime() + ms).toISOString();
  return html`
    <h2>${t("request.tab.timing")}</h2>
    <dl class="facts">
      <${Fact} name=${t("request.arrived")}>${exactly(at)}<//>
      <${Fact} name=${t("request.answered")}>${exactly(end)}<//>
      <${Fact} name=${t("request.took")}>${duration(ms)}<//>
      <${Fact} name=${t("request.size-in")}>${t("request.bytes", { n: sent })}<//>
      <${Fact} name=${t("request.size-out")}>${t("request.bytes", { n: answered })}<//>
    </dl>
    <p class="hint">${t("request.timing-hint")}</p>
  `;
}

function Page({ request }) {
  const { request_id: id, method, status } = request;
  const asked = route.value.query.get("tab");
  const tab = TABS.includes(asked) ? asked : "summary";
  useEffect(() => open(request), [id]);
  const said = sentence(request);
  const changes = request.effect.length || undefined;
  return html`
    <header class="page-head">
      <div>
        <p class="crumb"><${Link} href="/ui/requests" data-t="request.all">${t("nav.requests")}<//></p>
        <${Heading} text=${said} />
        <p class="request-line">
          <span class=${`status ${statusTone(request)}`} data-t="request.status">${String(status)}</span>${" "}
          <code><strong>${method}</strong> ${addressText(request)}</code>
        </p>
      </div>
    </header>
    <${Tabs}
      label=${t("request.sections")}
      hook="request.tab"
      current=${tab}
      tabs=${TABS.map((name) => [name, t(`request.tab.${name}`), name === "effect" ? changes : undefined])}
      onChoose=${(name) => navigate(`${requestHref(id)}?tab=${name}`, { replace: true })}
    />
    <section class="card tab-panel" role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${tab}`}>
      ${tab === "summary" && html`<${Summary} request=${request} />`}
      ${tab === "request" && html`<${RequestText} of=${request} part="request" />`}
      ${tab === "response" && html`<${RequestText} of=${request} part="response" />`}
      ${tab === "effect" && html`<h2>${t("request.tab.effect")}</h2><${Effect} effects=${request.effect} request=${request} />`}
      ${tab === "explain" && html`<${Explain} request=${request} />`}
      ${tab === "timing" && html`<${Timing} request=${request} />`}
      ${tab === "replay" && html`<${Replay} request=${request} />`}
    </section>
    <${ExportLinks} ids=${[id]} />
    <${CommandLine}
      hook="request.cli"
      lines=${[`scimbox requests show ${id}`, `scimbox requests replay ${id}`, `scimbox requests export ${id} --format curl`]}
    />
  `;
}

export function RequestPage({ id }) {
  const one = useLoad(async () => {
    await wordsReady();
    return get(`/requests/${encodeURIComponent(id)}`);
  }, [id]);
  if (one.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("request.gone")} />`;
  if (one.value === null)
    return html`
      <header class="page-head"><${Heading} text=${t("column.request")} /></header>
      <${Loaded} of=${one} hook="request" />
    `;
  return html`<${Page} request=${one.value} />`;
}
