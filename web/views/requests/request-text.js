// Headers and body of a captured request or its answer: readable or as it was sent, to copy. All of it is text.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { CopyButton } from "../../lib/fields.js";
import { Json } from "../../lib/json.js";
import { Notice } from "../../lib/feedback.js";
import { PlainTable } from "../../lib/plain-table.js";
import { Link } from "../../lib/route.js";
import { connectionHref } from "../../lib/links.js";

function parsed(body) {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return null;
  }
}

function Headers({ headers, label }) {
  const list = Object.entries(headers);
  if (list.length === 0) return null;
  const text = list.map(([name, value]) => `${name}: ${value}`).join("\n");
  return html`
    <div class="panel-head">
      <h3>${t("request.headers")}</h3>
      <${CopyButton} text=${text} label=${t("act.copy-named", { name: t("request.headers") })} hook="request.copy-headers" />
    </div>
    <${PlainTable} label=${label} headings=${[t("reference.name"), t("request.value")]}>
      ${list.map(
        ([name, value]) =>
          html`<tr key=${name}><th scope="row"><code>${name}</code></th><td><code
        class="breaks">${value}</code></td></tr>`,
      )}
    <//>
  `;
}

function Body({ body }) {
  const json = parsed(body);
  const [raw, setRaw] = useState(!json);
  return html`
    <div class="panel-head">
      <h3>${t("request.body")}</h3>
      <div class="row">
        ${
          json &&
          html`
          <button type="button" class="button" aria-pressed=${String(raw)} data-t="request.raw" onClick=${() => setRaw(!raw)}>
            ${t("request.raw")}
          </button>
        `
        }
        <${CopyButton} text=${body} label=${t("act.copy-named", { name: t("request.body") })} hook="request.copy-body" />
      </div>
    </div>
    ${
      raw || !json
        ? html`<pre class="json breaks" tabindex="0" role="region" aria-label=${t("request.body")}
          data-t="request.body" translate="no">${body}</pre>`
        : html`<${Json} value=${json.value} label=${t("request.body")} hook="request.body" />`
    }
  `;
}

// Why there is no text: nothing was sent, or it was not kept.
export function NotKept({ request }) {
  return html`
    <${Notice} hook="request.not-kept">
      <p>
        ${t("request.not-kept")}${" "}
        ${
          request.scim_id &&
          html`<${Link} href=${`${connectionHref(request.scim_id)}?tab=behaviour`}
            data-t="request.to-capture">${t("request.to-capture")}<//>`
        }
      </p>
    <//>
  `;
}

export function RequestText({ of, part }) {
  const { headers, body } = of[part];
  const title = t(`request.tab.${part}`);
  const size = part === "request" ? of.request_size : of.answer_size;
  const line = part === "request" ? `${of.method} ${of.path}${of.query && `?${of.query}`}` : String(of.status);
  return html`
    <h2>${title}</h2>
    <p><code class="breaks">${line}</code></p>
    ${
      of.capture === "full"
        ? html`
        <${Headers} headers=${headers} label=${`${title}: ${t("request.headers")}`} />
        ${
          body
            ? html`<${Body} key=${part} body=${body} />`
            : html`<p class="faint" data-t="request.no-body">${t(size > 0 ? "request.body-long" : "request.no-body", { n: size })}</p>`
        }
        ${part === "request" && html`<p class="hint">${t("request.secrets")}</p>`}
      `
        : html`<${NotKept} request=${of} />`
    }
  `;
}
