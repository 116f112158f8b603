// What each identity provider calls the URL and the token, and where its guide and settings texts are.
import { t } from "./i18n.js";

// Labels as they stand in the provider's own screens; null means our generic words, translated.
const LABELS = {
  okta: ["SCIM connector base URL", "HTTP Header Authorization"],
  entra: ["Tenant URL", "Secret Token"],
  jumpcloud: ["Base URL", "Token Key"],
  google: ["Endpoint URL", "Access token"],
  "google-function": ["SCIM_URL", "SCIM_TOKEN"],
  onelogin: ["SCIM Base URL", "SCIM Bearer Token"],
};

const GUIDE_LENGTH = {
  okta: 4,
  entra: 4,
  jumpcloud: 4,
  cloudgate: 3,
  google: 3,
  "google-function": 3,
  onelogin: 4,
  canaille: 3,
  commander: 3,
  generic: 3,
};

export function idpName(name) {
  return t(`idp.${name}`);
}

export function idpLabels(name) {
  const own = LABELS[name];
  return own ? { url: own[0], token: own[1] } : { url: t("idp.url-label"), token: t("idp.token-label") };
}

export function guideSteps(name) {
  const guide = GUIDE_LENGTH[name] ? name : "generic";
  const labels = idpLabels(name);
  return Array.from({ length: GUIDE_LENGTH[guide] }, (_, i) =>
    t(`guide.${guide}.${i + 1}`, { ...labels, idp: idpName(name) }),
  );
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
