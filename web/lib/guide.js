// The guide of an identity provider: loaded when it is shown, and its checklist compared with the requests that have arrived.
import { language, t } from "./i18n.js";
import { idpLabels, idpName, idpUrl } from "./idp.js";
import { failed } from "./exchange.js";

const guides = {};

// The file of a guide.
export async function loadGuide(name) {
  if (!guides[name]) {
    const answer = await fetch(new URL(`../guides/${name}.json`, import.meta.url));
    if (!answer.ok) throw new Error(`guide ${name}: ${answer.status}`);
    guides[name] = await answer.json();
  }
  return guides[name];
}

// Its texts in the language of the console, with the provider's labels and the address of the connection filled in.
export function guideTexts(guide, connection) {
  const values = { ...idpLabels(connection.idp), idp: idpName(connection.idp), scim_url: idpUrl(connection) };
  const fill = (text) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const { before, steps, test, quirks } = guide[language.value];
  return { before: before.map(fill), steps: steps.map(fill), test: fill(test), quirks: quirks.map(fill) };
}

const addressOf = ({ path, query }) => (query ? `${path}?${query}` : path);

const isLike = (check, request) =>
  check.methods.includes(request.method) && new RegExp(check.path, "i").test(addressOf(request));

// Each line of the checklist: `done` when such a request was carried out, else `refused`, the newest one that was not. The last
// line is of requests that no other line is about and that were refused. `requests` has the newest first.
export function progress(guide, requests) {
  const lines = guide.checks.map((check) => {
    const alike = requests.filter((request) => isLike(check, request));
    const done = alike.some((request) => request.status < 300);
    return { name: check.name, done, refused: done ? null : (alike.find(failed) ?? null) };
  });
  const isOther = (request) => failed(request) && !guide.checks.some((check) => isLike(check, request));
  const other = requests.find(isOther);
  return other ? [...lines, { name: "others", done: false, refused: other }] : lines;
}

export function checkText(name) {
  return t(`guide.check.${name}`);
}
