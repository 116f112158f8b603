// The language and theme switches, remembered in this browser.
import { html, useId, useState } from "../vendor/preact-htm.js";
import { language, switchLanguage, remember, remembered, t } from "./i18n.js";

function setTheme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  remember("scimbox.theme", name);
}

export function LanguageSwitch() {
  const id = useId();
  return html`
    <span class="switch">
      <label class="off-screen" for=${id}>${t("shell.language")}</label>
      <select
        id=${id}
        data-t="shell.language"
        value=${language.value}
        onChange=${(event) => switchLanguage(event.currentTarget.value)}
      >
        <option value="en" lang="en" selected=${language.value === "en"}>EN</option>
        <option value="ja" lang="ja" selected=${language.value === "ja"}>日本語</option>
      </select>
    </span>
  `;
}

export function ThemeSwitch() {
  const id = useId();
  const [theme, keep] = useState(document.documentElement.dataset.theme ?? remembered("scimbox.theme") ?? "auto");
  const choose = (event) => {
    setTheme(event.currentTarget.value);
    keep(event.currentTarget.value);
  };
  return html`
    <span class="switch">
      <label class="off-screen" for=${id}>${t("shell.theme")}</label>
      <select id=${id} data-t="shell.theme" value=${theme} onChange=${choose}>
        <option value="auto" selected=${theme === "auto"}>${t("theme.auto")}</option>
        <option value="light" selected=${theme === "light"}>${t("theme.light")}</option>
        <option value="dark" selected=${theme === "dark"}>${t("theme.dark")}</option>
      </select>
    </span>
  `;
}
