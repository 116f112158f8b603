// The outbox: the invitations that go out, those that nobody sends, and those that failed.
import { html, useState } from "../../vendor/preact-htm.js";
import { t, dateTime } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { Link } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { announce } from "../../lib/announce.js";
import { Dialog } from "../../lib/dialog.js";
import { Chip, Empty, ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { CommandLine, CopyField } from "../../lib/fields.js";
import { NewOfListing, NoneFound, useListing } from "../../lib/listing.js";
import { NodeFilter, SelectFilter } from "../../lib/filters.js";
import { Pager, Table } from "../../lib/table.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { Ago } from "../../lib/moment.js";
import { Person } from "../../lib/person.js";

const STATES = ["waiting", "sent", "kept", "failed"];

// Showing a mail makes a new link, which ends the old one, so the dialog asks first.
function ShowMail({ mail, onClose, onShown }) {
  const [shown, setShown] = useState(null);
  const act = useAct(async () => {
    setShown(await post(`/outbox/${mail.user_id}/show`));
    onShown();
  });
  if (!shown) {
    return html`
      <${DialogForm}
        key="ask"
        title=${t("outbox.show-title", { to: mail.to })}
        hook="outbox-show"
        onClose=${onClose}
        act=${act}
        submit=${t("outbox.show-submit")}
        submitHook="outbox-show.submit"
      >
        <p>${t("outbox.show-text")}</p>
      <//>
    `;
  }
  return html`
    <${Dialog}
      key="shown"
      title=${t("outbox.show-title", { to: mail.to })}
      hook="outbox-show"
      onClose=${onClose}
      wide=${true}
    >
      <div class="form-wide">
        <${CopyField}
          label=${t("invitation.link")}
          hint=${t("invitation.link-until", { time: dateTime(shown.expires_at) })}
          value=${shown.link}
          hook="outbox-show.link"
          copyHook="outbox-show.copy"
        />
        <article
          class="letter"
          lang=${mail.language}
          tabindex="0"
          role="region"
          aria-label=${t("outbox.mail")}
          data-t="outbox-show.mail"
        >
          <p class="letter-head">
            <span class="faint">${t("outbox.to")}</span> ${shown.to}
            <br />
            <strong>${shown.subject}</strong>
          </p>
          <p class="letter-text">${shown.text}</p>
        </article>
        <div class="row end">
          <button type="button" class="button primary" data-t="outbox-show.done" onClick=${onClose}>
            ${t("act.close")}
          </button>
        </div>
      </div>
    <//>
  `;
}

function When({ invitation }) {
  const { state, sent_at: sent, created_at: made, error, tries } = invitation;
  return html`
    <${Ago} at=${sent ?? made} />
    ${state === "failed" && html`<span class="lock-text faint">${t("outbox.tries", { n: tries })}</span>`}
    ${state === "unsure" && html`<span class="lock-text faint">${t("invitation.unsure.text")}</span>`}
    ${error && html`<span class="lock-text"><code class="code" lang="en">${error}</code></span>`}
  `;
}

// Invitations that were made before there was a mail server, in one go.
function SendAll({ onSent }) {
  const kept = useLoad(() => get("/outbox?state=kept&count=1"), []);
  const act = useAct(async () => {
    let sent = 0;
    for (;;) {
      const { mails } = await get("/outbox?state=kept&count=500");
      const ids = mails.map((mail) => mail.user_id);
      const { done } = ids.length > 0 ? await post("/users/bulk", { act: "resend", ids }) : { done: 0 };
      sent += done;
      if (done === 0) break;
    }
    announce(t("bulk.resend.done", { n: sent }));
    kept.reload();
    onSent();
  });
  const n = kept.value?.total ?? 0;
  if (n === 0 && !act.error) return null;
  return html`
    <${Notice} hook="outbox.kept">
      <p>${t("outbox.kept", { n })}</p>
      <p>
        <button
          type="button"
          class="button"
          data-needs="change"
          data-t="outbox.send-all"
          aria-busy=${act.busy ? "true" : null}
          onClick=${() => act.run()}
        >
          ${t("outbox.send-all")}
        </button>
      </p>
      <${ErrorNotice} error=${act.error} />
    <//>
  `;
}

export function Outbox() {
  const listing = useListing({
    path: "/outbox",
    field: "mails",
    defaults: { state: "", node: "", start: "1" },
    names: ["state", "node"],
  });
  const { query, set, start, list } = listing;
  const nodes = useLoad(() => get("/nodes"), []);
  const [showing, setShowing] = useState(null);
  const retry = useAct(async (mail) => {
    await post(`/outbox/${mail.user_id}/retry`);
    announce(t("outbox.retried", { to: mail.to }));
    list.reload();
  });
  const cells = (mail) => html`
    <th scope="row">
      <${Person} user=${mail} hook="outbox.user" />
      ${mail.to !== mail.user_name && html`<br /><span class="faint">${mail.to}</span>`}
    </th>
    <td>${mail.node_name}<br /><span class="faint">${t(`outbox.language.${mail.language}`)}</span></td>
    <td>
      <${Chip} state=${mail.invitation.state} word=${t(`invitation.${mail.invitation.state}`)} hook="outbox.state" />
    </td>
    <td><${When} invitation=${mail.invitation} /></td>
    <td class="keep"><${Ago} at=${mail.invitation.expires_at} /></td>
    <td class="acts">
      <button
        type="button"
        class="button small"
        aria-label=${`${t("outbox.show")}: ${t("outbox.show-title", { to: mail.to })}`}
        data-needs="change" data-t="outbox.show"
        onClick=${() => setShowing(mail)}
      >
        ${t("outbox.show")}
      </button>
      ${
        ["failed", "unsure"].includes(mail.invitation.state) &&
        html`
          ${" "}
          <button
            type="button"
            class="button small"
            aria-label=${`${t("act.retry")}: ${t("outbox.retry-named", { to: mail.to })}`}
            data-needs="change" data-t="outbox.retry"
            onClick=${() => retry.run(mail)}
          >
            ${t("act.retry")}
          </button>
        `
      }
    </td>
  `;
  return html`
    <header class="page-head">
      <div><${Heading} text=${t("nav.outbox")} /><p class="lead">${t("outbox.lead")}</p></div>
    </header>
    ${
      list.value &&
      !list.value.mail &&
      html`
        <${Notice} kind="warn" hook="outbox.no-mail">
          <p>${t("outbox.no-mail")}</p>
          <p><${Link} class="button" href="/ui/settings" data-t="outbox.to-settings">${t("outbox.to-settings")}<//></p>
        <//>
      `
    }
    ${list.value?.mail && html`<${SendAll} onSent=${list.reload} />`}
    ${
      list.value?.problem &&
      html`
        <${Notice} kind="bad" hook="outbox.problem">
          <p>${t("outbox.problem")}</p>
          <p lang="en"><code>${list.value.problem}</code></p>
          <p>
            <${Link} class="button" href="/ui/settings" data-t="outbox.check-settings">${t("outbox.check-settings")}<//>
          </p>
        <//>
      `
    }
    <section class="card">
      <div class="filters">
        <${SelectFilter}
          label=${t("filter.state")}
          value=${query.state}
          onValue=${(state) => set({ state })}
          hook="outbox.state-filter"
          options=${STATES.map((state) => [state, t(`invitation.${state}`)])}
        />
        <${NodeFilter}
          nodes=${nodes.value ?? []}
          value=${query.node}
          onValue=${(node) => set({ node })}
          hook="outbox.node"
        />
      </div>
      <${ErrorNotice} error=${retry.error} />
      <${NewOfListing} listing=${listing} hook="outbox" />
      <${Loaded} of=${list} lines=${6} hook="outbox">
        ${({ mails, total }) =>
          mails.length === 0 && total === 0
            ? listing.filtered
              ? html`<${NoneFound} onClear=${listing.clear} hook="outbox" />`
              : html`
                <${Empty}
                  icon="envelope"
                  title=${t("outbox.empty-title")}
                  text=${t("outbox.empty-text")}
                  hook="outbox.empty"
                />
              `
            : html`
              <${Table}
                label=${t("nav.outbox")}
                hook="outbox"
                columns=${["to", "node", "state", "when", "ends"]}
                rows=${mails}
                idOf=${(mail) => mail.user_id}
                acts=${true}
                cells=${cells}
              />
              <${Pager}
                start=${start}
                page=${listing.page}
                total=${total}
                rows=${mails.length}
                onStart=${listing.setStart}
                onPage=${listing.setPage}
                hook="outbox"
              />
            `}
      <//>
    </section>
    <${CommandLine} hook="outbox.cli" lines=${["scimbox user resend ID", "scimbox user link ID"]} />
    ${showing && html`<${ShowMail} mail=${showing} onClose=${() => setShowing(null)} onShown=${list.reload} />`}
  `;
}
