// What an address asks for when it is opened: a reload in the same tab brings these answers along with its start.
import { route } from "./route.js";

const KEY = "scimbox.asked";
const MOST = 8;

const here = () => location.pathname + location.search;

let answers = {};
let asked = [];
let page = location.pathname;
let open = true;

const closed = () => {
  open = false;
  answers = {};
};
["pointerdown", "keydown"].forEach((name) => addEventListener(name, closed, { capture: true }));
setTimeout(() => (answers = {}), 5000);

function keep(next) {
  asked = next;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ at: here(), paths: asked.map((one) => one.path) }));
  } catch {
    // Storage is blocked: a reload asks for each.
  }
}

// A list that is narrowed or turned over asks for itself anew, and its page for nothing else.
const callOf = (path) => path.split("?")[0];
let address = here();
route.subscribe(() => {
  if (address === here()) return;
  address = here();
  open = true;
  keep(page === location.pathname ? asked.map((one) => ({ ...one, old: true })) : []);
  page = location.pathname;
});

function note(path) {
  const others = asked.filter((one) => one.path !== path && !(one.old && callOf(one.path) === callOf(path)));
  keep([...others, { path }].slice(-MOST));
}

// What this address asked for when it was opened last.
export function askedBefore() {
  try {
    const { at, paths } = JSON.parse(sessionStorage.getItem(KEY));
    return at === here() ? paths : [];
  } catch {
    return [];
  }
}

export function cameAlong(found) {
  answers = found ?? {};
}

// The answer that came along, once; undefined when there is none.
export function ahead(path) {
  if (open) note(path);
  const answer = answers[path];
  delete answers[path];
  return answer;
}
