// What to change after a refusal or a relaxation, in the words of the identity provider's own screens.
import { inJapanese } from "./request-ja.js";

const PROVIDERS = ["Okta", "Entra", "JumpCloud", "OneLogin", "Google"];

// { text, lang }, or null where there is nothing to do.
export function adviceText(one, request) {
  if (!one.advice) return null;
  const own = PROVIDERS.find((provider) => request.client.startsWith(provider)) ?? "other";
  const screens = ["url", "token", "mapping", "again"].map((name) => [name, inJapanese([`screen.${own}.${name}`])]);
  const codes = one.arguments.witness === undefined ? [one.code, request.status, "other"] : ["relaxation"];
  const said = inJapanese(
    codes.map((code) => `advise.${code}`),
    Object.fromEntries(screens),
  );
  return said ? { text: said, lang: null } : { text: one.advice, lang: "en" };
}
