// Requests per hour of the last day: bars, and the same as a table.
import { html } from "../../vendor/preact-htm.js";
import { t, number, clock } from "../../lib/i18n.js";
import { Link } from "../../lib/route.js";
import { PlainTable } from "../../lib/plain-table.js";

const HOUR = 3600000;
const HOURS = 24;
const [WIDTH, HEIGHT] = [20, 80];

// One entry for each hour, also those without requests; the last one is the present hour.
function filled(hours) {
  const known = new Map(hours.map((hour) => [new Date(hour.from).getTime(), hour]));
  const last = Math.floor(Date.now() / HOUR) * HOUR;
  return Array.from({ length: HOURS }, (_, i) => {
    const from = last - (HOURS - 1 - i) * HOUR;
    return known.get(from) ?? { from: new Date(from).toISOString(), requests: 0, refused: 0 };
  });
}

function Bars({ hours, label }) {
  const most = Math.max(1, ...hours.map((hour) => hour.requests));
  const height = (n) => (n === 0 ? 0 : Math.max(2, (n / most) * HEIGHT));
  return html`
    <svg class="rate" viewBox=${`0 0 ${HOURS * WIDTH} ${HEIGHT + 1}`} role="img" aria-label=${label} preserveAspectRatio="none">
      <line x1="0" x2=${HOURS * WIDTH} y1=${HEIGHT + 0.5} y2=${HEIGHT + 0.5} />
      ${hours.map(
        (hour, i) => html`
          <g key=${hour.from}>
            <title>${`${clock(hour.from)}: ${number(hour.requests)}`}</title>
            <rect
              class="rate-all"
              x=${i * WIDTH + 2}
              y=${HEIGHT - height(hour.requests)}
              width=${WIDTH - 4}
              height=${height(hour.requests)}
            />
            <rect
              class="rate-refused"
              x=${i * WIDTH + 2}
              y=${HEIGHT - height(hour.refused)}
              width=${WIDTH - 4}
              height=${height(hour.refused)}
            />
          </g>
        `,
      )}
    </svg>
  `;
}

function Rows({ hours }) {
  return html`
    <details class="twin">
      <summary data-t="rate.table">${t("rate.table")}</summary>
      <${PlainTable}
        label=${`${t("rate.title")} · ${t("rate.table")}`} headings=${["hour", "all", "refused"].map((name) => t(`rate.${name}`))}>
        ${hours
          .filter((hour) => hour.requests > 0)
          .map(
            (hour) => html`
              <tr key=${hour.from}>
                <th scope="row"><time datetime=${hour.from}>${clock(hour.from)}</time></th>
                <td>${number(hour.requests)}</td>
                <td>${number(hour.refused)}</td>
              </tr>
            `,
          )}
      <//>
    </details>
  `;
}

export function RequestRate({ hours: known }) {
  const hours = filled(known);
  const sum = (name) => hours.reduce((total, hour) => total + hour[name], 0);
  const said = t("rate.text", { n: sum("requests"), refused: sum("refused") });
  return html`
    <section class="card" aria-labelledby="rate-title" data-t="overview.rate">
      <div class="panel-head">
        <h2 id="rate-title">${t("rate.title")}</h2>
        <${Link} href="/ui/requests" data-t="rate.requests">${t("rate.to-requests")}<//>
      </div>
      ${
        sum("requests") === 0
          ? html`<p class="faint" data-t="rate.none">${t("rate.none")}</p>`
          : html`<p>${said}</p><${Bars} hours=${hours} label=${said} /><${Rows} hours=${hours} />`
      }
    </section>
  `;
}
