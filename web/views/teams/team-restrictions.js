// The three restrictions of a team, as words and as boxes to tick.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { CheckField } from "../../lib/fields.js";

export const RESTRICTIONS = ["restrict_share", "restrict_edit", "restrict_view"];

export function restrictionNames(team) {
  return RESTRICTIONS.filter((name) => team[name]).map((name) => t(`team.${name}`));
}

export function Restrictions({ value, onValue, hook, legend = t("column.restrictions") }) {
  return html`
    <fieldset class="boxes">
      <legend>${legend}</legend>
      ${RESTRICTIONS.map(
        (name) => html`
          <${CheckField}
            key=${name}
            label=${t(`team.${name}`)}
            hint=${t(`team.${name}.text`)}
            checked=${value[name]}
            onValue=${(on) => onValue({ [name]: on })}
            hook=${`${hook}.${name}`}
          />
        `,
      )}
    </fieldset>
  `;
}
