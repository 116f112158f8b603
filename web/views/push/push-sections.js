// The sections of a push record's form that differ by source: the target, the source, and the groups.
import { html, useEffect } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { Notice } from "../../lib/feedback.js";
import { SelectField } from "../../lib/fields.js";
import { idpName } from "../../lib/idp.js";
import { wrongText } from "./push-form.js";
import { Certificates, Check, Choice, KeyFile, Lines, Secret, Text } from "./push-fields.js";

export function TargetSection({ form, connections }) {
  const saved = connections.filter((one) => one.state !== "draft");
  const { values, record } = form;
  // A select shows its first option when it holds none of them.
  const holds = saved.some((one) => String(one.scim_id) === values.target);
  return html`
    <section class="card form">
      <h2>${t("push.section.target")}</h2>
      <${Text} form=${form} name="name" maxlength="100" />
      <${Choice} form=${form} name="place" words=${["connection", "url"]} />
      ${
        values.place === "connection"
          ? html`
            <${SelectField}
              label=${t("push.field.target")}
              hint=${t("push.field.target.text")}
              error=${form.wrong.target && wrongText("target", form)}
              value=${values.target}
              onValue=${(target) => form.set({ target })}
              hook="push.target"
              options=${[
                ...(holds ? [] : [["", t("push.choose")]]),
                ...saved.map((one) => [String(one.scim_id), `${one.node_path} · ${idpName(one.idp)}`]),
              ]}
            />
            ${
              saved.length === 0 &&
              html`
                <${Notice} kind="warn" hook="push.no-connection">
                  <p>${t("push.no-connection")}</p>
                  <p><${Link} class="button" href="/ui/nodes" data-t="push.to-nodes">${t("connections.to-nodes")}<//></p>
                <//>
              `
            }
          `
          : html`
            <${Text} form=${form} name="target_url" type="url" />
            <${Secret} form=${form} name="target_token" isSet=${record?.target_token_set} />
            <${Certificates} form=${form} name="target_ca" />
          `
      }
    </section>
  `;
}

function Directory({ form }) {
  const { values, record } = form;
  return html`
    <${Choice} form=${form} name="schema" words=${["ad", "openldap"]} />
    <${Lines} form=${form} name="ad_urls" rows=${2} />
    <${Text} form=${form} name="ad_user" />
    <${Secret} form=${form} name="ad_password" isSet=${record?.source_secret_set} />
    <${Certificates} form=${form} name="ca" />
    <${Check} form=${form} name="plain" />
    ${values.plain && html`<${Notice} kind="warn" hook="push.plain-warning"><p>${t("push.plain-warning")}</p><//>`}
    <${Text} form=${form} name="base_dn" />
    <${Text} form=${form} name="filter" />
  `;
}

export function SourceSection({ form, source }) {
  return html`
    <section class="card form">
      <h2>${t(`push.source.${source}`)}</h2>
      <p class="hint">${t(`push.source.${source}.needs`)}</p>
      ${
        source === "google" &&
        html`
          <${KeyFile} form=${form} isSet=${form.record?.source_secret_set} />
          <${Text} form=${form} name="login" type="email" />
        `
      }
      ${source === "ad" && html`<${Directory} form=${form} />`}
      ${source === "file" && html`<${Text} form=${form} name="path" />`}
    </section>
    <section class="card form">
      <h2>${t("push.section.groups")}</h2>
      <${Lines} form=${form} name="groups" rows=${4} hint=${t(`push.groups.${source}`)} />
    </section>
  `;
}

// Brings the first field that is wrong into sight once the server or the form has said so.
export function useFirstWrong(ref, round) {
  useEffect(() => {
    if (round > 0) ref.current?.querySelector("[aria-invalid]")?.focus();
  }, [round]);
}
