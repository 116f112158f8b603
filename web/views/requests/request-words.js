// Captured requests in words: the sentence of a request by its code, in the console's language.
import { t, known, language } from "../../lib/i18n.js";
import { wrongUrl } from "../../lib/exchange.js";
import { inJapanese } from "./request-ja.js";

// Names in a row arrive in English: "a, b and 3 more".
function names(text) {
  return text
    .replace(/ and (\d+) more$/, (_, n) => t("request.and-more", { n: Number(n) }))
    .replace(/ and /, t("request.and"))
    .replaceAll(", ", t("request.comma"))
    .replace(/^nobody$/, t("request.nobody"));
}

// What was tried arrives as a verb and a name: "create ann@corp.example".
function act(text) {
  const [verb, ...rest] = text.split(" ");
  const key = `request.act.${verb}`;
  return known(key) ? t(key, { name: thing(rest.join(" ")) }) : text;
}

function thing(text) {
  const key = `request.kind.${text}`;
  return known(key) ? t(key) : text;
}

// Who sent it. Names are names, but for those that are words.
export function clientName(client) {
  const key = `request.client.${{ "An unknown client": "unknown", "Entra ID with its flag": "flag" }[client]}`;
  return known(key) ? t(key) : client;
}

// The sentence of a refusal: by its code where there is one, else as the server said it.
export function refusalText(request) {
  const { code, detail, status } = request;
  const wrong = wrongUrl(request);
  if (wrong) return wrong;
  const says = (key) => code && known(key) && !/\{\w+\}/.test(t(key));
  if (says(`cause.${code}`)) return { text: t(`cause.${code}`), lang: null };
  if (says(`error.${code}`) && language.value !== "en") return { text: t(`error.${code}`), lang: null };
  const general = inJapanese([`refusal.${code}`, `refusal.${status}`]);
  if (general) return { text: general, lang: null };
  if (detail) return { text: detail.replace(/ \[\w+\]$/, ""), lang: language.value === "en" ? null : "en" };
  return { text: t("cause.plain", { status: String(status) }), lang: null };
}

// What happened, in one sentence.
export function sentence(request) {
  const key = `request.said.${request.summary_code}`;
  if (language.value === "en" || !known(key)) return request.summary;
  const values = { ...request.arguments };
  for (const name of ["members", "added", "removed", "attributes"])
    if (values[name]) values[name] = names(values[name]);
  if (values.client) values.client = clientName(values.client);
  if (values.act) values.act = act(values.act);
  if (values.kind) values.kind = thing(values.kind);
  if (values.why) values.why = refusalText(request).text;
  return t(key, values);
}

// The address with its query as a person reads it; the page of the request shows it as it was sent.
export function addressText({ path, query }) {
  if (!query) return path;
  try {
    return `${path}?${decodeURIComponent(query.replaceAll("+", " "))}`;
  } catch {
    return `${path}?${query}`;
  }
}

// What a fault of a sandbox has spoiled failed, whatever its status says.
export const failed = (request) => request.status >= 400 || request.status === 0 || request.code === "FAULT";

export function statusTone({ status, code: why, summary_code: code, arguments: values }) {
  if (status >= 500 || why === "FAULT") return "bad";
  if (status >= 400) return "bad";
  return code === "bulk" && values.refused !== "0" ? "warn" : "good";
}

export function duration(ms) {
  return t("request.ms", { n: ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms) });
}

export const requestHref = (id) => `/ui/requests/${encodeURIComponent(id)}`;
