// How many requests are kept and what limits them, and the button that clears them.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, remove } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { DialogForm } from "../../lib/dialog-form.js";

const ofNode = (connection) => (connection ? `?node_id=${connection.node_id}` : "");
const mib = (bytes) => Math.round((bytes / 1048576) * 10) / 10;

export function Kept({ connection, count }) {
  const space = useLoad(() => get(`/requests/space${ofNode(connection)}`), [connection?.node_id]);
  // Counted anew when the list was read, not with every line.
  useEffect(() => {
    if (space.value) space.reload();
  }, [count === 0]);
  if (!space.value) return null;
  const { requests, bytes, most, most_bytes: room, days, longest_body: body } = space.value;
  const limits = { most, room: mib(room), days, body: body / 1024 };
  return html`
    <p class="hint" data-t="requests.kept">
      ${requests !== null && t("requests.kept", { n: requests, used: mib(bytes) })} ${t("requests.limits", limits)}
    </p>
  `;
}

export function ClearRequests({ connection, onCleared }) {
  const [asking, setAsking] = useState(false);
  const clear = useAct(async () => {
    const { requests } = await remove(`/requests${ofNode(connection)}`);
    setAsking(false);
    announce(t("requests.cleared", { n: requests }));
    onCleared();
  });
  return html`
    <button type="button" class="button danger" data-needs="change" data-t="requests.clear-all" onClick=${() => setAsking(true)}>
      ${t("requests.clear")}…
    </button>
    ${
      asking &&
      html`
        <${DialogForm}
          title=${t("requests.clear")}
          hook="requests.clear-dialog"
          onClose=${() => setAsking(false)}
          act=${clear}
          submit=${t("requests.clear")}
          submitHook="requests.clear-submit"
          danger=${true}
        >
          <p>${connection ? t("requests.clear-node", { node: connection.node_name }) : t("requests.clear-everything")}</p>
          <p>${t("requests.clear-text")}</p>
        <//>
      `
    }
  `;
}
