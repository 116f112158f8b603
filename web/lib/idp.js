// What each identity provider calls the URL and the token, and where its settings texts are.
import { t } from "./i18n.js";

// Labels as they stand in the provider's own screens; null means our generic words, translated.
const LABELS = {
  okta: ["SCIM connector base URL", "HTTP Header Authorization"],
  entra: ["Tenant URL", "Secret Token"],
  jumpcloud: ["Base URL", "Token Key"],
  google: ["Endpoint URL", "Access token"],
  "google-function": ["SCIM_URL", "SCIM_TOKEN"],
  onelogin: ["SCIM Base URL", "SCIM Bearer Token"],
  ping: ["SCIM BASE URL", "OAuth Access Token"],
  rippling: ["SCIM Base URL", "SCIM API Token"],
  sailpoint: ["Base URL", "API Token"],
};

export function idpName(name) {
  return t(`idp.${name}`);
}

export function idpLabels(name) {
  const own = LABELS[name];
  return own ? { url: own[0], token: own[1] } : { url: t("idp.url-label"), token: t("idp.token-label") };
}

// The URL as the provider's field takes it: Entra ID needs a flag to send PATCH as the RFC has it.
export function idpUrl({ idp, scim_url: url }) {
  return idp === "entra" ? `${url}?aadOptscim062020` : url;
}

// Providers that run on the administrator's own machines reach what others cannot.
const LOCAL = ["authentik", "canaille", "commander", "keycloak", "other", "sailpoint"];

const NEAR =
  /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[(::1|f[cde])|[^.]+$)|\.(localhost|local|internal|home\.arpa)$/;

// Whether the address leads only to this machine or its network, and the provider is somewhere else.
export function isOutOfReach({ idp, scim_url: url }) {
  const { hostname } = new URL(url);
  return !LOCAL.includes(idp) && NEAR.test(hostname);
}

export const PRESETS = {
  keeper: {
    deprovision: "lock",
    email_required: true,
    unique_groups: false,
    approval: "sign-in",
    role_prefix: null,
    unique_users: "appliance",
    page_size: 1000,
    tolerance: "liberal",
    announce: "full",
    rate_limit: 100000,
    capture: "metadata",
  },
  rfc: {
    deprovision: "delete",
    email_required: false,
    unique_groups: false,
    approval: "automatic",
    role_prefix: null,
    unique_users: "node",
    page_size: 1000,
    tolerance: "liberal",
    announce: "full",
    rate_limit: 100000,
    capture: "metadata",
  },
};

// A setting and its value in words, for "this sets …" lists.
export function settingText(name, value) {
  if (typeof value === "boolean") return t(`set.${name}.${value ? "on" : "off"}`);
  if (typeof value === "number") return t(`set.${name}`, { n: value });
  if (name === "role_prefix") return value ? t("set.role_prefix", { value }) : t("set.role_prefix.none");
  return t(`set.${name}.${value}`);
}
