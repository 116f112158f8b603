// Service providers that a sandbox can play, by their words.
import { t } from "./i18n.js";

const NAMES = {
  aws: "AWS IAM Identity Center",
  slack: "Slack",
  github: "GitHub Enterprise",
  gitlab: "GitLab",
  databricks: "Databricks",
  snowflake: "Snowflake",
};

export const personaName = (word) => NAMES[word] ?? t("sandbox.users-only");

// For a field to choose from; none comes first.
export const personaOptions = () => [
  ["none", t("sandbox.no-persona")],
  ...Object.entries(NAMES),
  ["users-only", t("sandbox.users-only")],
];
