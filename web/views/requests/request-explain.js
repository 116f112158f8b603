// Explanations of a request: the filter as a tree, operations one by one, what was passed over, and what was taken beyond the RFC.
import { html } from "../../vendor/preact-htm.js";
import { t, known, language } from "../../lib/i18n.js";
import { adviceText } from "./request-advice.js";
import { refusalText } from "./request-words.js";

function Condition({ of }) {
  const value = of.value === undefined ? null : html` <q>${String(of.value)}</q>`;
  return html`<code>${of.attribute}</code> ${t(`request.operator.${of.operator}`)}${value}`;
}

const COSTS = ["indexed", "scanned"];

// A filter as it was parsed: and, or and not hold others.
function Tree({ of }) {
  const list = of.and ?? of.or ?? (of.not ? [of.not] : of.elements ? [of.elements] : null);
  if (!list) return html`<li><${Condition} of=${of} /></li>`;
  const word = of.and
    ? t("request.tree.and")
    : of.or
      ? t("request.tree.or")
      : of.not
        ? t("request.tree.not")
        : t("request.tree.elements", { name: of.attribute });
  return html`
    <li>
      <strong>${word}</strong>
      <ul>${list.map((one, i) => html`<${Tree} key=${i} of=${one} />`)}</ul>
    </li>
  `;
}

function operations(request) {
  try {
    const body = JSON.parse(request.request.body);
    const key = Object.keys(body).find((name) => name.toLowerCase() === "operations");
    return [body[key]].flat();
  } catch {
    return [];
  }
}

function valueOf(operation) {
  const key = Object.keys(operation ?? {}).find((name) => name.toLowerCase() === "value");
  const value = key && operation[key];
  return value === undefined || value === null || value === "" ? null : JSON.stringify(value).slice(0, 300);
}

// One operation in the console's language; those of Bulk name their call.
function operationText(one, operation) {
  const { op, path, method, status, code } = one.arguments;
  if (method && language.value !== "en") {
    const why = Number(status) >= 400 ? t("request.bulk-refused", refusalText({ code, status: Number(status) })) : "";
    return { text: `${method} ${path}: ${status}${why}`, lang: null };
  }
  const key = `request.operation.${op}`;
  if (!op || !known(key) || language.value === "en") return { text: one.text.replace(/^\d+\. /, ""), lang: "en" };
  const value = valueOf(operation);
  const at = path || t("request.resource");
  return { text: t(value ? key : `${key}.bare`, { path: at, value }), lang: null };
}

function explained(one, request) {
  if (one.code === "ignored") return { text: t("request.ignored", { name: one.arguments.attribute }) };
  if (one.code === "plain") return { text: t("request.plain") };
  if (COSTS.includes(one.code)) {
    const { kind, ms } = one.arguments;
    return { text: t(kind ? `request.scanned.${kind}` : "request.indexed", { ms }) };
  }
  if (one.arguments.witness !== undefined) return { text: t(`relaxation.${one.code}`) };
  if (one.arguments.status !== undefined) return refusalText(request);
  return { text: one.text, lang: "en" };
}

function kindOf(one) {
  if (one.arguments.witness !== undefined) return "relaxation";
  if (["filter", "operation", "ignored", "plain", ...COSTS].includes(one.code)) return one.code;
  return "refusal";
}

function Remark({ one, request }) {
  const said = explained(one, request);
  const advice = adviceText(one, request);
  const kind = kindOf(one);
  return html`
    <li class=${`remark ${kind}`} data-t="request.remark" data-code=${one.code}>
      <p>
        <span class="tag">${t(`request.remark.${kind}`)}</span>${" "}
        <span lang=${said.lang}>${said.text}</span>${" "}
        ${["relaxation", "refusal"].includes(kind) && one.code !== "REFUSED" && html`<code class="code">${one.code}</code>`}
      </p>
      ${
        kind === "relaxation" &&
        one.arguments.witness &&
        html`<p
        class="faint" lang="en">${t("request.witness", { who: one.arguments.witness })}</p>`
      }
      ${advice && html`<p lang=${advice.lang}><strong>${t("request.what-to-do")}</strong> ${advice.text}</p>`}
      ${one.clause && html`<p class="faint">${one.clause}</p>`}
    </li>
  `;
}

export function Explain({ request }) {
  const filter = request.explain.find((one) => one.code === "filter");
  const steps = request.explain.filter((one) => one.code === "operation");
  const rest = request.explain.filter((one) => one.code !== "operation" && one !== filter);
  const sent = operations(request);
  return html`
    <h2>${t("request.tab.explain")}</h2>
    ${
      rest.length > 0 &&
      html`<ul
      class="remarks">${rest.map((one, i) => html`<${Remark} key=${i} one=${one} request=${request} />`)}</ul>`
    }
    ${
      filter &&
      html`
      <h3>${t("request.filter")}</h3>
      <p><code class="breaks">${filter.arguments.filter}</code></p>
      ${
        filter.arguments.tree
          ? html`<p>${t("request.filter-means")}</p><ul class="filter-tree" data-t="request.tree">
            <${Tree} of=${filter.arguments.tree} /></ul>`
          : html`<p lang="en">${filter.text}</p>`
      }
      <p class="faint">${filter.clause}</p>
    `
    }
    ${
      steps.length > 0 &&
      html`
      <h3>${t("request.operations")}</h3>
      <ol class="operation-list">
        ${steps.map((one, i) => {
          const said = operationText(one, sent[i]);
          return html`<li key=${i} lang=${said.lang} class="breaks" data-t="request.operation">${said.text}</li>`;
        })}
      </ol>
    `
    }
  `;
}
