// The texts of the invitation in both languages, with placeholders to put in and a preview of the unsaved text.
import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { may } from "../../lib/rights.js";
import { t, language as spoken } from "../../lib/i18n.js";
import { post } from "../../lib/api.js";
import { useLoad } from "../../lib/load.js";
import { Field, RadioGroup } from "../../lib/fields.js";
import { ErrorNotice } from "../../lib/feedback.js";
import { useDebounced } from "../../lib/query.js";
import { Section, SettingText, isFixed, useSection } from "./settings-section.js";

const PLACES = ["name", "email", "node", "link", "days"];
const namesOf = (language) => [`invite_subject_${language}`, `invite_heading_${language}`, `invite_text_${language}`];

function Preview({ language, form }) {
  const [subject, heading, text] = namesOf(language).map((name) => form[name]);
  // The server shows it to those who can change it.
  if (!may("change")) return null;
  const settled = useDebounced(JSON.stringify([subject, heading, text]), 400);
  // Asked for when somebody comes near.
  const [near, setNear] = useState(false);
  const place = useRef(null);
  useEffect(() => {
    const watch = new IntersectionObserver(([seen]) => seen.isIntersecting && setNear(true), { rootMargin: "300px" });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  const shown = useLoad(
    () => {
      if (!near) return null;
      const [a, b, c] = JSON.parse(settled);
      return post("/settings/preview", { language, invite_subject: a, invite_heading: b, invite_text: c });
    },
    [language, settled, near],
    true,
  );
  return html`
    <div class="field" ref=${place}>
      <p class="label">${t("texts.preview")}</p>
      <${ErrorNotice} error=${shown.error} />
      ${
        shown.value &&
        html`
          <article
            class="letter"
            lang=${language}
            tabindex="0"
            role="region"
            aria-label=${t("texts.preview")}
            data-t="settings.preview"
          >
            <p class="letter-head"><strong>${shown.value.subject}</strong></p>
            <p class="letter-text">${shown.value.text}</p>
          </article>
        `
      }
    </div>
  `;
}

function Body({ section, name, language }) {
  const box = useRef(null);
  const fixed = isFixed(section.settings[name]);
  const putIn = (place) => {
    const { selectionStart: from, selectionEnd: to, value } = box.current;
    const word = `{${place}}`;
    section.put(name, value.slice(0, from) + word + value.slice(to));
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(from + word.length, from + word.length);
    });
  };
  const defaultText = String(section.settings[name].default);
  return html`
    <div class="setting">
      <${Field} label=${t("texts.text")} hint=${t("texts.text-hint")}>
        ${(inputProps) => html`
          <textarea
            ref=${box}
            rows="8"
            lang=${language}
            readonly=${fixed}
            ...${inputProps}
            value=${section.form[name]}
            data-t="settings.invite_text"
            onInput=${(event) => section.put(name, event.currentTarget.value)}
          ></textarea>
        `}
      <//>
      <p class="row places" role="group" aria-label=${t("texts.places")}>
        <span class="hint">${t("texts.places")}</span>
        ${PLACES.map(
          (place) => html`
            <button
              key=${place}
              type="button"
              class="button small"
              disabled=${fixed}
              title=${t(`texts.place.${place}`)}
              data-t=${`settings.place-${place}`}
              onClick=${() => putIn(place)}
            >
              ${t(`texts.place.${place}`)}
            </button>
          `,
        )}
      </p>
      <p class="origin">
        <span class="tag">${t(`settings.origin.${section.settings[name].origin}`)}</span>
        ${
          fixed
            ? html`<span class="hint">${t("settings.fixed")}</span>`
            : section.form[name] !== defaultText &&
              html`
                <button
                  type="button"
                  class="link-button"
                  data-t="settings.invite_text.default"
                  onClick=${() => section.put(name, defaultText)}
                >
                  ${t("settings.use-default")}
                </button>
              `
        }
      </p>
    </div>
  `;
}

function InvitationForm({ settings, onSaved, language, onLanguage }) {
  const names = namesOf(language);
  const section = useSection(settings, names, onSaved);
  useEffect(() => onLanguage.hold(section.dirty.length > 0), [section.dirty.length > 0]);
  return html`
    <${Section} title=${t("texts.title")} section=${section} hook="settings-texts">
      <${RadioGroup}
        legend=${t("texts.language")}
        name="letter-language"
        value=${language}
        onValue=${onLanguage.choose}
        hook="settings.letter"
        options=${["en", "ja"].map((value) => ({ value, label: t(`outbox.language.${value}`) }))}
      />
      ${onLanguage.held && html`<p class="hint" role="status">${t("texts.save-first")}</p>`}
      <${SettingText} section=${section} name=${names[0]} label=${t("texts.subject")} lang=${language} />
      <${SettingText} section=${section} name=${names[1]} label=${t("texts.heading")} lang=${language} />
      <${Body} section=${section} name=${names[2]} language=${language} />
      <${Preview} language=${language} form=${section.form} />
    <//>
  `;
}

// One language at a time; unsaved text keeps the form from changing to the other.
export function InvitationTexts({ settings, onSaved, keyOf }) {
  const [language, setLanguage] = useState(spoken.value);
  const [unsaved, setUnsaved] = useState(false);
  const [held, setHeld] = useState(false);
  const choose = (next) => {
    setHeld(unsaved);
    if (!unsaved) setLanguage(next);
  };
  const hold = (on) => {
    setUnsaved(on);
    if (!on) setHeld(false);
  };
  return html`
    <${InvitationForm}
      key=${language + keyOf(settings, namesOf(language))}
      settings=${settings}
      onSaved=${onSaved}
      language=${language}
      onLanguage=${{ choose, hold, held }}
    />
  `;
}
