// The filter by time: the last minutes, hours or days, or a beginning and an end.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Field } from "../../lib/fields.js";
import { SelectFilter } from "../../lib/filters.js";

const MINUTES = { "15m": 15, "1h": 60, "24h": 1440, "7d": 10080 };

// A moment as a field for local times shows it, and back.
function local(at) {
  if (!at) return "";
  const then = new Date(at);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
const moment = (text) => (text ? new Date(text).toISOString() : "");

function Moment({ name, value, set }) {
  return html`
    <${Field} label=${t(`requests.${name}`)}>
      ${(inputProps) => html`
        <input
          type="datetime-local"
          ...${inputProps}
          value=${local(value)}
          data-t=${`requests.${name}`}
          onChange=${(event) => set({ [name]: moment(event.currentTarget.value) })}
        />
      `}
    <//>
  `;
}

export function TimeFilter({ since, until, set }) {
  const [chosen, choose] = useState("");
  const period = chosen || (since || until ? "own" : "");
  const take = (next) => {
    choose(next);
    const from = MINUTES[next] && new Date(Date.now() - MINUTES[next] * 60_000).toISOString();
    if (next !== "own") set({ since: from ?? "", until: "" });
  };
  return html`
    <${SelectFilter}
      label=${t("requests.filter.time")}
      value=${period}
      onValue=${take}
      options=${[...Object.keys(MINUTES), "own"].map((name) => [name, t(`requests.time.${name}`)])}
      hook="requests.time"
    />
    ${
      period === "own" &&
      html`
        <${Moment} name="since" value=${since} set=${set} />
        <${Moment} name="until" value=${until} set=${set} />
      `
    }
  `;
}
