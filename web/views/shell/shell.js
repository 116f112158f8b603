// The frame around every view: navigation rail, top bar with account menu, banners, and the sign-in dialog.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { t, number } from "../../lib/i18n.js";
import {
  factorMissing,
  refreshStatus,
  remove,
  session,
  status,
  unreachable,
  waitingForPassword,
  waitingForSignIn,
} from "../../lib/api.js";
import { Link, navigate, route } from "../../lib/route.js";
import { Icon } from "../../lib/icons.js";
import { Announcer } from "../../lib/announce.js";
import { LanguageSwitch, ThemeSwitch } from "../../lib/preferences.js";
import { useAct } from "../../lib/load.js";
import { useMenu } from "../../lib/menu.js";
import { news, useStream } from "../../lib/live.js";
import { PasswordAgainDialog, SignInDialog } from "../session/login.js";
import { ApprovedNotice } from "./approved.js";
import { Keyboard, opened, paletteKeys } from "./keyboard.js";
import { PAGES } from "./pages.js";

// Dialogs that are seldom opened, each with the module that has it.
const DIALOGS = {
  password: ["PasswordDialog", () => import("../administrators/password.js")],
  factor: ["SecondFactorDialog", () => import("../administrators/second-factor.js")],
};

function isHere(href, path) {
  const bare = href.replace(/\/$/, "");
  return bare === "/ui" ? path === "/ui" : path === bare || path.startsWith(`${bare}/`);
}

// The version of the server may be another one when somebody looks again. The badge is told by the stream.
function useLook() {
  useEffect(() => {
    const look = () => {
      if (!document.hidden) refreshStatus();
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
}

function Badge({ count }) {
  if (!count) return null;
  return html`
    <span class="badge" data-t="nav.badge" aria-hidden="true">${count > 999 ? "999+" : number(count)}</span>
    <span class="off-screen">${t("nav.waiting", { n: count })}</span>
  `;
}

function RailItem({ href, icon, name }) {
  const text = t(`nav.${name}`);
  const waiting = name === "approvals" && news.value?.pending;
  const count = waiting ? waiting.teams + waiting.memberships : 0;
  return html`
    <li>
      <${Link}
        href=${href}
        class="rail-item"
        title=${text}
        aria-current=${isHere(href, route.value.path) ? "page" : null}
        data-t=${`nav.${name}`}
      >
        <${Icon} name=${icon} />
        <span class="rail-word">${text}</span>
        <${Badge} count=${count} />
      <//>
    </li>
  `;
}

function Seldom({ what, onClose }) {
  const [module, setModule] = useState(null);
  const [name, load] = DIALOGS[what];
  useEffect(() => {
    load().then(setModule, onClose);
  }, [what]);
  return module && html`<${module[name]} onClose=${onClose} />`;
}

function AccountMenu() {
  const { ref, keys, close } = useMenu();
  const [changing, setChanging] = useState(null);
  const { admin } = session.value;
  const leave = useAct(async (path) => {
    await remove(path);
    navigate("/ui/login", { ask: false });
    session.value = null;
  });
  const change = (what) => {
    close();
    setChanging(what);
  };
  const help = () => {
    change(null);
    opened.value = "help";
  };
  return html`
    <details class="menu" ref=${ref} onKeyDown=${keys}>
      <summary class="button" data-t="shell.account" aria-label=${t("shell.account", { name: admin.name })}>
        <${Icon} name="person" />
        <span class="account-name">${admin.name}</span>
      </summary>
      <div class="menu-list">
        <p class="menu-who"><strong>${admin.name}</strong><span class="faint">${admin.email}</span></p>
        <button type="button" data-t="shell.password" onClick=${() => change("password")}>${t("shell.password")}</button>
        <button type="button" data-t="shell.factor" onClick=${() => change("factor")}>${t("factor.title")}</button>
        <button type="button" data-t="shell.keys" onClick=${help}>${t("keys.title")}</button>
        <button type="button" data-t="shell.sign-out" onClick=${() => leave.run("/session")}>
          ${t("shell.sign-out")}
        </button>
        <button type="button" data-t="shell.sign-out-everywhere" onClick=${() => leave.run("/sessions")}>
          ${t("shell.sign-out-everywhere")}
        </button>
      </div>
    </details>
    ${changing === "password" && html`<${Seldom} what="password" onClose=${() => setChanging(null)} />`}
    ${
      (changing === "factor" || factorMissing.value) &&
      html`
        <${Seldom}
          what="factor"
          onClose=${() => {
            setChanging(null);
          }}
        />
      `
    }
  `;
}

function SearchButton() {
  const open = () => {
    opened.value = "palette";
  };
  return html`
    <button type="button" class="search-button" aria-label=${t("palette.title")} data-t="shell.search" onClick=${open}>
      <${Icon} name="search" small=${true} />
      <span>${t("palette.title")}</span>
      <span class="keys" aria-hidden="true">${paletteKeys.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</span>
    </button>
  `;
}

// The version that this page was loaded from; the server may have been updated since.
let loadedVersion = null;

// The seconds to the next try are for the eye: read out, they would never end.
function Offline() {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const n = Math.max(0, Math.ceil((unreachable.value - Date.now()) / 1000));
  return html`
    <p class="banner warn" role="alert" data-t="shell.offline">
      <${Icon} name="alert" />${t("banner.offline")} <span aria-hidden="true">${t("banner.retry", { n })}</span>
    </p>
  `;
}

function Banners() {
  const version = status.value?.version;
  loadedVersion ??= version;
  return html`
    ${
      version !== loadedVersion &&
      html`
        <p class="banner note" role="status" data-t="shell.updated">
          ${t("banner.updated", { version })}
          <button type="button" class="button small" data-t="shell.reload" onClick=${() => location.reload()}>
            ${t("act.reload")}
          </button>
        </p>
      `
    }
    ${
      status.value?.insecure &&
      html`<p class="banner bad" data-t="shell.insecure"><${Icon} name="alert" />${t("banner.insecure")}</p>`
    }
    ${unreachable.value && html`<${Offline} />`}
    ${
      status.value?.certificate_days != null &&
      status.value.certificate_days < 14 &&
      html`
        <p class="banner warn" data-t="shell.certificate">
          <${Icon} name="alert" />${t("banner.certificate", { n: status.value.certificate_days })}
        </p>
      `
    }
    ${
      session.value?.admin.role === "auditor" &&
      html`<p class="banner note" data-t="shell.auditor">${t("banner.auditor")}</p>`
    }
    ${status.value?.demo && html`<p class="banner note" data-t="shell.demo">${t("banner.demo")}</p>`}
  `;
}

export function Shell({ children }) {
  const [open, setOpen] = useState(false);
  const { path } = route.value;
  useEffect(() => setOpen(false), [path]);
  useStream();
  useLook();
  const skip = (event) => {
    event.preventDefault();
    document.querySelector("h1")?.focus();
  };
  return html`
    <a class="skip" href="#content" data-t="shell.skip" onClick=${skip}>${t("shell.skip")}</a>
    <${Banners} />
    <div class="shell">
      <header class="top">
        <button
          type="button"
          class="icon-button drawer-button"
          aria-expanded=${open ? "true" : "false"}
          aria-controls="rail"
          aria-label=${t("shell.menu")}
          data-t="shell.menu"
          onClick=${() => setOpen(!open)}
        >
          <${Icon} name=${open ? "close" : "menu"} />
        </button>
        <${Link} href="/ui/" class="brand" aria-label="Scimbox" data-t="shell.brand">
          <${Icon} name="box" />
          <span>Scimbox</span>
        <//>
        <div class="top-end"><${SearchButton} /><${LanguageSwitch} /><${ThemeSwitch} /><${AccountMenu} /></div>
      </header>
      <nav id="rail" class=${open ? "rail open" : "rail"} aria-label=${t("nav.label")}>
        ${PAGES.map(
          ([group, items]) => html`
            <div key=${group ?? ""} class="rail-group">
              ${group && html`<p class="rail-title">${t(group)}</p>`}
              <ul>
                ${items.map(
                  ([href, icon, name]) => html`<${RailItem} key=${name} href=${href} icon=${icon} name=${name} />`,
                )}
              </ul>
            </div>
          `,
        )}
        <p class="rail-foot faint">Scimbox ${status.value?.version}</p>
      </nav>
      <main id="content" class="content"><${ApprovedNotice} />${children}</main>
    </div>
    ${waitingForSignIn.value && html`<${SignInDialog} />`}
    ${waitingForPassword.value && html`<${PasswordAgainDialog} />`}
    <${Keyboard} />
    <${Announcer} />
  `;
}

export function Outside({ children }) {
  return html`
    <${Banners} />
    <main id="content" class="outside">
      <p class="brand big"><${Icon} name="box" /><span>Scimbox</span></p>
      ${children}
      <footer class="outside-foot"><${LanguageSwitch} /><${ThemeSwitch} /></footer>
    </main>
    <${Announcer} />
  `;
}
