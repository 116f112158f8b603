// The sections of a push record's form that every source has: options, limits, and the schedule.
import { html, useId } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { CheckField, SelectField, TextField } from "../../lib/fields.js";
import { Notice } from "../../lib/feedback.js";
import { LIMITS, wrongText } from "./push-form.js";
import { Check, Choice, Lines, NumberText } from "./push-fields.js";
import { REPEATS, weekdayName } from "./push-words.js";

export function OptionsSection({ form }) {
  const { destructive, missing, place } = form.values;
  return html`
    <section class="card form settings">
      <h2>${t("push.section.options")}</h2>
      <${Choice} form=${form} name="destructive" words=${["0", "1", "-1"]} />
      ${
        destructive === "1" &&
        html`<${Notice} kind="warn" hook="push.destructive-warning"><p>${t("push.destructive-warning")}</p><//>`
      }
      ${destructive !== "-1" && html`<${Choice} form=${form} name="missing" words=${["lock", "delete"]} />`}
      ${
        destructive !== "-1" &&
        missing === "delete" &&
        html`<${Notice} kind="warn" hook="push.missing-warning"><p>${t("push.missing-warning")}</p><//>`
      }
      ${place === "connection" && html`<${Check} form=${form} name="auto_approve" />`}
      <${Lines} form=${form} name="protect" />
      <${Check} form=${form} name="verbose" />
      <${Check} form=${form} name="bulk" />
    </section>
  `;
}

export function LimitsSection({ form }) {
  return html`
    <section class="card form">
      <h2>${t("push.section.limits")}</h2>
      <p class="hint">${t("push.limits.text")}</p>
      ${LIMITS.map(
        ([count, percent]) => html`
          <div class="pair" key=${count}>
            <${NumberText} form=${form} name=${count} />
            <${NumberText} form=${form} name=${percent} />
          </div>
        `,
      )}
      <div class="pair">
        <${NumberText} form=${form} name="max_shrink_percent" />
        <${NumberText} form=${form} name="concurrency" />
      </div>
    </section>
  `;
}

function ZoneField({ form }) {
  const id = useId();
  return html`
    <${TextField}
      label=${t("push.field.time_zone")}
      error=${form.wrong.time_zone && wrongText("time_zone", form)}
      value=${form.values.time_zone}
      onValue=${(time_zone) => form.set({ time_zone })}
      hook="push.time_zone"
      autocomplete="off"
      list=${id}
    />
    <datalist id=${id}>
      ${Intl.supportedValuesOf("timeZone").map((zone) => html`<option key=${zone} value=${zone}></option>`)}
    </datalist>
  `;
}

export function ScheduleSection({ form }) {
  const { values } = form;
  const at = (name, type, more = {}) => html`
    <${TextField}
      label=${t(`push.field.${name}`)}
      type=${type}
      value=${values[name]}
      onValue=${(value) => form.set({ [name]: value })}
      error=${form.wrong[name] && wrongText(name, form)}
      hook=${`push.${name}`}
      ...${more}
    />
  `;
  return html`
    <section class="card form">
      <h2>${t("push.section.schedule")}</h2>
      <${CheckField}
        label=${t("push.field.scheduled")}
        hint=${t("push.field.scheduled.text")}
        checked=${values.scheduled}
        onValue=${(scheduled) => form.set({ scheduled })}
        hook="push.scheduled"
      />
      ${
        values.scheduled &&
        html`
          <div class="pair">
            <${SelectField}
              label=${t("push.field.every")}
              value=${values.every}
              onValue=${(every) => form.set({ every })}
              hook="push.every"
              options=${REPEATS.map((word) => [word, t(`push.repeat.${word}`)])}
            />
            ${
              values.every === "week" &&
              html`
                <${SelectField}
                  label=${t("push.field.weekday")}
                  value=${values.weekday}
                  onValue=${(weekday) => form.set({ weekday })}
                  hook="push.weekday"
                  options=${["1", "2", "3", "4", "5", "6", "0"].map((day) => [day, weekdayName(day)])}
                />
              `
            }
            ${values.every === "hour" && at("minute", "number", { min: 0, max: 59 })}
            ${(values.every === "day" || values.every === "week") && at("time", "time")}
            ${values.every === "cron" && at("cron", "text", { hint: t("push.field.cron.text"), spellcheck: "false" })}
          </div>
          <${ZoneField} form=${form} />
        `
      }
    </section>
  `;
}
