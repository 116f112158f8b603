// What to change after a refusal or a relaxation, in the words of the identity provider's own screens.
import { t, known, language } from "../../lib/i18n.js";

const PROVIDERS = ["Okta", "Entra", "JumpCloud", "OneLogin", "Google"];

function screen(request, name) {
  const own = PROVIDERS.find((provider) => request.client.startsWith(provider)) ?? "other";
  return t(`request.screen.${own}.${name}`);
}

// { text, lang }, or null where there is nothing to do.
export function adviceText(one, request) {
  if (!one.advice) return null;
  if (language.value === "en") return { text: one.advice, lang: "en" };
  if (one.code === "ignored") return { text: t("request.advise.ignored"), lang: null };
  if (one.arguments.witness !== undefined) return { text: t("request.advise.relaxation"), lang: null };
  const key = [`request.advise.${one.code}`, `request.advise.${request.status}`].find(known);
  if (!key) return { text: one.advice, lang: "en" };
  const values = { url: screen(request, "url"), token: screen(request, "token"), mapping: screen(request, "mapping") };
  return { text: t(key, values), lang: null };
}
