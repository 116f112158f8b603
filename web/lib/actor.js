// Who did something, in words.
import { t } from "./i18n.js";

// "scim:…", "cli" or an administrator's address in words.
export function actorName(actor) {
  if (!actor) return null;
  if (actor.startsWith("scim")) return t("actor.scim");
  return actor === "cli" ? t("actor.cli") : actor;
}
