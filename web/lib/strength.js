// A plain estimate of a new password's strength, shown as words and a meter; the server decides.
import { html } from "../vendor/preact-htm.js";
import { t } from "./i18n.js";

export const MIN_LENGTH = 12;

// 0 too short, 1 weak, 2 fair, 3 good, 4 strong: length counts, repeated characters do not.
function strength(password) {
  const length = [...password].length;
  if (length < MIN_LENGTH) return 0;
  const different = new Set(password.toLowerCase()).size;
  if (different < 6) return 1;
  const weight = Math.min(length, different * 2);
  if (weight < 15) return 2;
  return weight < 20 ? 3 : 4;
}

export function StrengthMeter({ password }) {
  if (!password) return null;
  const value = strength(password);
  return html`
    <p class="strength">
      <meter min="0" max="4" low="2" high="3" optimum="4" value=${value} aria-label=${t("password.strength")}></meter>
      <span role="status">${t(`password.strength.${value}`)}</span>
    </p>
  `;
}
