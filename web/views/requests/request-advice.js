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
  const key = [one.code, request.status, "other"].map((name) => `request.advise.${name}`).find(known);
  const parts = ["url", "token", "mapping", "again"];
  return { text: t(key, Object.fromEntries(parts.map((name) => [name, screen(request, name)]))), lang: null };
}
