// The wizard's choices for one node: what the preset and the provider set, and what the administrator changed.
import { PRESETS } from "./idp.js";

const keyOf = (nodeId) => `scimbox.wizard.${nodeId}`;

const FIRST_CHOICES = { method: "scim", idp: "", preset: "keeper", tokenDays: "", changed: {} };

// Choices survive a reload of the page; a token is never among them.
export function rememberedChoices(nodeId) {
  try {
    return { ...FIRST_CHOICES, ...JSON.parse(sessionStorage.getItem(keyOf(nodeId)) ?? "{}") };
  } catch {
    return FIRST_CHOICES;
  }
}

export function rememberChoices(nodeId, choices) {
  try {
    if (choices) sessionStorage.setItem(keyOf(nodeId), JSON.stringify(choices));
    else sessionStorage.removeItem(keyOf(nodeId));
  } catch {
    // Storage is blocked: the choices last as long as the page.
  }
}

// The settings the connection will have: preset, then what the provider needs, then the administrator's changes.
export function effectiveSettings(choices, idps) {
  const sets = idps.find((idp) => idp.name === choices.idp)?.settings ?? {};
  return { ...PRESETS[choices.preset], ...sets, ...choices.changed };
}

export function generateBody(choices) {
  return {
    idp: choices.idp,
    preset: choices.preset,
    token_days: choices.tokenDays ? Number(choices.tokenDays) : null,
    ...choices.changed,
  };
}

// The choices that a draft on the server was generated with.
export function choicesOf(draft, idps) {
  const made = { method: "scim", idp: draft.idp, preset: draft.preset, tokenDays: "", changed: {} };
  const base = effectiveSettings(made, idps);
  for (const name of ["role_prefix", "unique_groups", "approval"]) {
    if (draft.settings[name] !== base[name]) made.changed[name] = draft.settings[name];
  }
  const [token] = draft.tokens;
  if (token?.expires_at) {
    const days = Math.round((new Date(token.expires_at) - new Date(token.created_at)) / 86400000);
    made.tokenDays = days > 180 ? "365" : "90";
  }
  return made;
}

// Equal for choices that make the same connection.
export function signature(choices, idps) {
  const settings = effectiveSettings(choices, idps);
  return JSON.stringify([
    choices.idp,
    choices.preset,
    choices.tokenDays,
    settings.role_prefix,
    settings.unique_groups,
    settings.approval,
  ]);
}
