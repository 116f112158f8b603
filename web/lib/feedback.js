// What a view shows while it waits, when something failed, and when there is nothing yet.
import { html, useEffect, useRef } from "../vendor/preact-htm.js";
import { t, errorText, known } from "./i18n.js";
import { CopyButton } from "./fields.js";
import { Icon } from "./icons.js";

const NOTICE_ICONS = { note: "key", warn: "alert", bad: "alert", good: "check" };

// A live one is read out at once, and scrolls into view where a small window or a long dialog would hide it.
export function Notice({ kind = "note", children, hook, live = false }) {
  const ref = useRef(null);
  useEffect(() => {
    if (live) ref.current.scrollIntoView({ block: "nearest" });
  }, []);
  return html`
    <div ref=${ref} class=${`notice ${kind}`} role=${live ? "alert" : null} data-t=${hook}>
      <${Icon} name=${NOTICE_ICONS[kind]} />
      <div class="notice-text">${children}</div>
    </div>
  `;
}

export function ErrorNotice({ error, hook, children }) {
  if (!error) return null;
  const translated = known(`error.${error.code}`);
  return html`
    <${Notice} kind="bad" live=${true} hook=${hook}>
      <p lang=${translated ? null : "en"}>${errorText(error)}</p>
      <p class="faint"><code class="code">${error.code}</code></p>
      ${
        error.detail?.request_id &&
        html`
          <p class="faint">
            ${t("error.request-id", { id: error.detail.request_id })}
            <${CopyButton}
              plain=${true}
              text=${error.detail.request_id}
              label=${t("act.copy")}
              hook="error.copy-id"
            />
          </p>
        `
      }
      ${children}
    <//>
  `;
}

export function Loading({ lines = 3 }) {
  return html`
    <div class="skeleton" role="status">
      <span class="off-screen">${t("loading")}</span>
      ${Array.from({ length: lines }, (_, i) => html`<span key=${i} class="bone"></span>`)}
    </div>
  `;
}

// Shows a loader's value through `children(value)`, or its waiting or failed state.
export function Loaded({ of, lines, hook, children }) {
  if (of.value !== null) return html`${of.error && html`<${ErrorNotice} error=${of.error} />`}${children(of.value)}`;
  if (of.error) {
    return html`
      <${ErrorNotice} error=${of.error}>
        <p>
          <button type="button" class="button" data-t=${`${hook}.retry`} onClick=${of.reload}>${t("act.retry")}</button>
        </p>
      <//>
    `;
  }
  return html`<${Loading} lines=${lines} />`;
}

export function Empty({ icon, title, text, children, hook }) {
  return html`
    <div class="empty" data-t=${hook}>
      <span class="empty-mark"><${Icon} name=${icon} /></span>
      <p class="empty-title">${title}</p>
      <p class="empty-text">${text}</p>
      ${children && html`<div class="row centred">${children}</div>`}
    </div>
  `;
}

const SHAPES = {
  draft: ["grey outline", "draft"],
  pending: ["amber", "hourglass"],
  active: ["green", "check"],
  paused: ["grey", "pause"],
  attention: ["red", "alert"],
  invited: ["blue", "envelope"],
  locked: ["red", "lock"],
  approved: ["green", "check"],
  rejected: ["red", "close"],
  waiting: ["amber", "hourglass"],
  sent: ["blue", "envelope"],
  kept: ["grey", "outbox"],
  failed: ["red", "alert"],
  unsure: ["amber", "alert"],
  accepted: ["green", "check"],
  declined: ["red", "close"],
  queued: ["grey", "hourglass"],
  running: ["blue", "sync"],
  stopped: ["amber", "pause"],
  done: ["green", "check"],
  done_with_errors: ["amber", "alert"],
  safe_mode: ["amber", "alert"],
  not_saved: ["grey outline", "draft"],
  live: ["green", "check"],
  ending: ["amber", "hourglass"],
  expired: ["red", "alert"],
  revoked: ["grey", "close"],
};

export function Chip({ state, word, hook }) {
  const [tone, icon] = SHAPES[state] ?? ["grey", "draft"];
  return html`
    <span class=${`chip ${tone}`} data-t=${hook} data-state=${state}>
      <${Icon} name=${icon} small=${true} />
      ${word ?? t(`state.${state}`)}
    </span>
  `;
}
