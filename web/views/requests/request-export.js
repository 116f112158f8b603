// Exports of one request or a selection: commands for curl, HAR, lines of JSON, and a dialogue that can be played again.
import { html } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { Icon } from "../../lib/icons.js";

const FILES = { curl: "sh", har: "har", ndjson: "ndjson", dialogue: "json" };

export function ExportLinks({ ids, onClear }) {
  const named = ids.map(encodeURIComponent).join(",");
  return html`
    <div class="row pick-bar" data-t="requests.export">
      <span>${t("requests.export", { n: ids.length })}</span>
      ${Object.entries(FILES).map(
        ([format, ending]) => html`
          <a
            key=${format}
            class="button small"
            href=${`/api/v1/requests/${named}/export?format=${format}`}
            download=${`scimbox-${ids.length === 1 ? ids[0] : "requests"}.${ending}`}
            title=${t(`requests.export.${format}.text`)}
            data-t=${`requests.export-${format}`}
          >
            <${Icon} name="download" small=${true} />
            ${t(`requests.export.${format}`)}
          </a>
        `,
      )}
      ${
        onClear &&
        html`<button type="button" class="button small quiet" data-t="requests.unpick"
        onClick=${onClear}>${t("requests.unpick")}</button>`
      }
    </div>
  `;
}
