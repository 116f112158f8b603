// Puts a captured exchange into words: what kind of request it was and why it failed.
import { t, known, clock } from "./i18n.js";
import { idpName } from "./idp.js";

const DISCOVERY = /^\/(ServiceProviderConfig|ResourceTypes|Schemas)(\/|\?|$)/i;

export function isDiscovery(exchange) {
  return DISCOVERY.test(exchange.path) && exchange.status < 300;
}

export function failed(exchange) {
  return exchange.status >= 400;
}

// The end of the token that worked when the exchange happened.
function workingTail(connection, exchange) {
  const then = new Date(exchange.at);
  return connection.tokens.find(
    (token) => ["live", "ending", "not_saved"].includes(token.state) && new Date(token.created_at) <= then,
  )?.last4;
}

// What to say of an address that is none, where the server knows the one that was meant.
export function astray({ path, detail }) {
  const url = detail?.match(/The base URL is ([^\s,<]+?)\.?(?=[\s,]|$)/)?.[1];
  return url ? t("cause.astray", { path, url }) : null;
}

// { text, lang }: the translated cause when we have one, else the server's English sentence.
export function causeOf(exchange, connection) {
  const { code, token_tail: tail, detail } = exchange;
  const ours = workingTail(connection, exchange);
  if (code === "TOKEN_UNKNOWN" && tail && ours) return { text: t("cause.TOKEN_UNKNOWN.tails", { tail, ours }) };
  if (exchange.conflict)
    return {
      text: t("cause.USER_ELSEWHERE", { name: exchange.conflict.user_name, node: exchange.conflict.node_name }),
    };
  if (code === "TOKEN_NOT_SAVED" && connection.state !== "draft") return { text: t("cause.TOKEN_NOT_SAVED.saved") };
  if (code === "USER_ELSEWHERE") return { text: t("cause.USER_ELSEWHERE.over") };
  const meant = astray(exchange);
  if (meant) return { text: meant };
  if (code && known(`cause.${code}`)) return { text: t(`cause.${code}`) };
  if (detail) return { text: detail, lang: "en" };
  return { text: t("cause.plain", { status: String(exchange.status) }) };
}

export function discoveryText(exchange, connection) {
  return t("exchange.test-received", {
    time: clock(exchange.at),
    from: exchange.from ?? "?",
    idp: idpName(connection.idp),
  });
}
