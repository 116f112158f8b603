// The API reference: every call of the admin API by subject, with its parameters, bodies and answers, from the server's own description.
import { html, useState } from "../../vendor/preact-htm.js";
import { file, language, load, t } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Icon } from "../../lib/icons.js";
import { Empty, Loaded } from "../../lib/feedback.js";
import { CopyButton } from "../../lib/fields.js";
import { SearchFilter } from "../../lib/filters.js";
import { inWords, jsonSchema, operationsByTag, propertiesOf, resolve, typeText } from "./openapi.js";
import { PlainTable } from "../../lib/plain-table.js";

const DEEPEST = 5;

// What is said in the console's language has no `lang` of its own.
const langOf = (one) => (one.lang === null ? null : "en");

function Properties({ doc, schema, seen, depth = 0 }) {
  const rows = depth < DEEPEST ? propertiesOf(doc, schema, seen) : [];
  if (rows.length === 0) return null;
  return html`
    <ul class="schema">
      ${rows.map(
        (row) => html`
          <li key=${row.name}>
            <code class="schema-name">${row.name}</code> <span class="faint">${typeText(doc, row.schema)}</span>
            ${row.required && html` <span class="tag">${t("reference.required")}</span>`}
            ${
              row.about.default !== undefined &&
              html`
                ${" "}
                <span class="faint">${t("reference.default")} <code>${JSON.stringify(row.about.default)}</code></span>
              `
            }
            ${
              row.about.enum &&
              html`
                <span class="schema-values">
                  ${row.about.enum.map((value) => html`<code key=${String(value)}>${String(value)}</code> `)}
                </span>
              `
            }
            ${
              (row.schema.description ?? row.about.description) &&
              html`<p>${row.schema.description ?? row.about.description}</p>`
            }
            <${Properties} doc=${doc} schema=${row.schema} seen=${row.seen} depth=${depth + 1} />
          </li>
        `,
      )}
    </ul>
  `;
}

function Parameters({ doc, list }) {
  if (list.length === 0) return null;
  return html`
    <h4>${t("reference.parameters")}</h4>
    <${PlainTable}
      label=${t("reference.parameters")}
      headings=${["name", "place", "kind", "about"].map((name) => t(`reference.${name}`))}
      lang="en"
    >
      ${list.map(
        (one) => html`
          <tr key=${one.in + one.name}>
            <th scope="row">
              <code>${one.name}</code>
              ${one.required && html` <span class="tag">${t("reference.required")}</span>`}
            </th>
            <td>${one.in}</td>
            <td>${typeText(doc, one.schema)}</td>
            <td lang=${one.lang ?? null}>
              ${one.description}
              ${
                resolve(doc, one.schema).enum &&
                html`
                  <span class="schema-values">
                    ${resolve(doc, one.schema).enum.map(
                      (value) => html`<code key=${String(value)}>${String(value)}</code> `,
                    )}
                  </span>
                `
              }
            </td>
          </tr>
        `,
      )}
    <//>
  `;
}

function Shape({ doc, schema }) {
  return html`<p class="faint">${typeText(doc, schema)}</p><${Properties} doc=${doc} schema=${schema} />`;
}

function curlOf({ method, path, requestBody }, base) {
  const body = requestBody ? ` -H "Content-Type: application/json" -d '{}'` : "";
  return `curl -X ${method.toUpperCase()} -H "Authorization: Bearer $SCIMBOX_KEY"${body} "${base}${path}"`;
}

function Operation({ doc, operation, base }) {
  const [open, setOpen] = useState(false);
  const body = operation.requestBody && resolve(doc, operation.requestBody);
  const curl = curlOf(operation, base);
  return html`
    <li>
      <details class="operation" onToggle=${(event) => setOpen(event.currentTarget.open)} data-t="reference.operation">
        <summary data-t="reference.open">
          <span class=${`method-name ${operation.method}`}>${operation.method.toUpperCase()}</span>${" "}
          <code class="operation-path">${operation.path}</code>${" "}
          <span class="operation-summary" lang=${langOf(operation)}>${operation.summary ?? ""}</span>
          ${operation.deprecated && html` <span class="tag">${t("reference.deprecated")}</span>`}
        </summary>
        ${
          open &&
          html`
            <div class="operation-body">
              ${operation.description && html`<p lang=${langOf(operation)}>${operation.description}</p>`}
              <${Parameters} doc=${doc} list=${operation.parameters} />
              ${
                body &&
                html`
                  <h4>${t("reference.body")}</h4>
                  <div lang="en"><${Shape} doc=${doc} schema=${jsonSchema(body.content)} /></div>
                `
              }
              <h4>${t("reference.answers")}</h4>
              <dl class="answers" lang="en">
                ${Object.entries(operation.responses ?? {}).map(([status, given]) => {
                  const answer = resolve(doc, given);
                  const schema = jsonSchema(answer.content);
                  return html`
                    <div key=${status}>
                      <dt>
                        <span class=${status < "400" ? "status good" : "status bad"}>${status}</span>${" "}
                        ${answer.description}
                      </dt>
                      <dd>
                        ${
                          schema &&
                          (status < "400"
                            ? html`<${Shape} doc=${doc} schema=${schema} />`
                            : html`<span class="faint">${typeText(doc, schema)}</span>`)
                        }
                      </dd>
                    </div>
                  `;
                })}
              </dl>
              <div class="command-list">
                <p class="command">
                  <code>${curl}</code>
                  <${CopyButton}
                    plain=${true}
                    text=${curl}
                    label=${t("act.copy-named", { name: "curl" })}
                    hook="reference.copy"
                  />
                </p>
              </div>
            </div>
          `
        }
      </details>
    </li>
  `;
}

function matching(tags, q) {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return tags;
  const fits = (one) =>
    words.every((word) =>
      `${one.method} ${one.path} ${one.summary ?? ""} ${one.description ?? ""}`.toLowerCase().includes(word),
    );
  return tags
    .map((tag) => ({ ...tag, operations: tag.operations.filter(fits) }))
    .filter((tag) => tag.operations.length > 0);
}

export function ApiReference() {
  const loaded = useLoad(async () => {
    // Kept with the files of this version; a page of an older one asks the API.
    const kept = await file("openapi.json");
    const doc = kept.ok ? await kept.json() : await get("/openapi.json");
    return language.value === "ja" ? inWords(doc, await load("api.ja")) : doc;
  }, [language.value]);
  const [q, setQ] = useState("");
  return html`
    <header class="page-head">
      <div>
        <${Heading} text=${t("nav.api")} />
        <p class="lead">
          ${t("reference.lead")}${" "}
          <${Link} href="/ui/api-keys" data-t="reference.to-keys">${t("nav.api-keys")}<//>
        </p>
      </div>
      <a class="button" href="/api/v1/openapi.json" download="openapi.json" data-t="reference.download">
        <${Icon} name="download" />
        ${t("reference.download")}
      </a>
    </header>
    <${Loaded} of=${loaded} lines=${8} hook="reference">
      ${(doc) => {
        const tags = matching(operationsByTag(doc), q);
        const base = new URL(doc.servers?.[0]?.url ?? "/", location.origin).href.replace(/\/$/, "");
        return html`
          <section class="card">
            ${doc.info?.description && html`<p lang=${langOf(doc.info)}>${doc.info.description}</p>`}
            <p class="faint">
              ${t("reference.base")} <code>${base}</code> · ${t("reference.version")} ${doc.info?.version}
            </p>
            <div class="filters">
              <${SearchFilter} label=${t("reference.search")} value=${q} onValue=${setQ} hook="reference.search" />
            </div>
          </section>
          ${
            tags.length === 0 &&
            html`
              <section class="card">
                <${Empty}
                  icon="search"
                  title=${t("people.none-found")}
                  text=${t("people.none-found-text", { q })}
                  hook="reference.none"
                />
              </section>
            `
          }
          ${tags.map(
            (tag) => html`
              <section key=${tag.name} class="card" aria-labelledby=${`tag-${tag.name}`} data-t="reference.tag">
                <h2 id=${`tag-${tag.name}`} lang="en">${tag.name || t("reference.untagged")}</h2>
                ${tag.description && html`<p class="hint" lang=${langOf(tag)}>${tag.description}</p>`}
                <ul class="operations">
                  ${tag.operations.map(
                    (operation) => html`
                      <${Operation}
                        key=${operation.method + operation.path}
                        doc=${doc}
                        operation=${operation}
                        base=${base}
                      />
                    `,
                  )}
                </ul>
              </section>
            `,
          )}
        `;
      }}
    <//>
  `;
}
