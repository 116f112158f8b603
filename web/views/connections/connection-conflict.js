// A 409 whose user is in another node: moves that user to the connection's node in one click.
import { html, signal } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { Link } from "../../lib/route.js";
import { ErrorNotice } from "../../lib/feedback.js";
import { idpName } from "../../lib/idp.js";
import { userHref } from "../../lib/links.js";

// The users moved while this page is open: several refusals may name the same one.
const moved = signal(new Set());

export function MoveHere({ conflict, connection }) {
  const { user_id: id, user_name: name } = conflict;
  const key = `${id} ${connection.node_id}`;
  const act = useAct(async () => {
    await post(`/users/${id}/move`, { node_id: connection.node_id });
    moved.value = new Set([...moved.value, key]);
    announce(t("user.moved", { name }));
  });
  if (moved.value.has(key))
    return html`
      <p class="status good" data-t="conflict.moved">${t("conflict.moved", { idp: idpName(connection.idp) })}</p>
    `;
  return html`
    <div class="conflict">
      <p class="row">
        <button
          type="button"
          class="button small primary"
          aria-busy=${act.busy ? "true" : null}
          aria-label=${t("conflict.move-named", { name, node: connection.node_name })}
          data-needs="change" data-t="conflict.move"
          onClick=${() => act.run()}
        >
          ${t("user.move-here")}
        </button>
        <${Link} class="button small" href=${userHref(id)} data-t="conflict.open">${t("user.open")}<//>
      </p>
      <${ErrorNotice} error=${act.error} hook="conflict.error" />
    </div>
  `;
}
