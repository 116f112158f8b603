// The sources of SCIM push as cards to choose from.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { navigate } from "../../lib/route.js";
import { RadioGroup } from "../../lib/fields.js";
import { SOURCES } from "./push-words.js";

export const newPushHref = (source, target) =>
  `/ui/push/new?${new URLSearchParams({ ...(source ? { source } : {}), ...(target ? { target } : {}) })}`;

export function SourceCards({ target }) {
  const [source, setSource] = useState("google");
  const submit = (event) => {
    event.preventDefault();
    navigate(newPushHref(source, target));
  };
  return html`
    <form class="card step-panel" onSubmit=${submit}>
      <${RadioGroup}
        cards=${true}
        legend=${t("push.choose-source")}
        name="source"
        value=${source}
        onValue=${setSource}
        hook="push.source"
        options=${SOURCES.map((value) => ({
          value,
          label: t(`push.source.${value}`),
          hint: t(`push.source.${value}.text`),
        }))}
      />
      <div class="row end">
        <button type="button" class="button" data-t="push.cancel" onClick=${() => navigate("/ui/push")}>
          ${t("act.cancel")}
        </button>
        <button class="button primary" data-t="push.next">${t("act.next")}</button>
      </div>
    </form>
  `;
}
