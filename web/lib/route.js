// Keeps the address bar and the shown view together, and asks before leaving a page that would lose something.
import { signal, html } from "../vendor/preact-htm.js";

const here = () => ({ path: location.pathname.replace(/(.)\/$/, "$1"), query: new URLSearchParams(location.search) });
export const route = signal(here());

// { onLeave(proceed) } while the current page holds something that leaving would lose.
let guard = null;
let shown = location.href;

export function guardLeaving(next) {
  guard = next;
}

// What is left: a page, or a tab of one.
const pageOf = (address) => {
  const { pathname, searchParams } = new URL(address, location.href);
  return `${pathname} ${searchParams.get("tab") ?? ""}`;
};

addEventListener("beforeunload", (event) => {
  if (guard) event.preventDefault();
});

addEventListener("popstate", () => {
  const target = location.href;
  if (guard && pageOf(shown) !== pageOf(target)) {
    history.pushState(null, "", shown);
    guard.onLeave(() => {
      guard = null;
      navigate(target.slice(location.origin.length));
    });
    return;
  }
  shown = target;
  route.value = here();
});

function show(address, replace) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  const leaves = new URL(shown).pathname !== location.pathname;
  shown = location.href;
  route.value = here();
  if (!replace && leaves) scrollTo(0, 0);
}

export function navigate(address, { replace = false, ask = true } = {}) {
  const leaves = pageOf(address) !== pageOf(location.href);
  if (guard && ask && leaves) {
    guard.onLeave(() => {
      guard = null;
      show(address, replace);
    });
    return;
  }
  if (leaves) guard = null;
  show(address, replace);
}

export function Link({ href, ask = true, children, ...rest }) {
  const follow = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href, { ask });
  };
  return html`<a href=${href} ...${rest} onClick=${follow}>${children}</a>`;
}

// "/ui/nodes/:id" against a path: the named parts, or null.
export function match(pattern, path) {
  const names = [];
  const found = path.match(new RegExp(`^${pattern.replace(/:(\w+)/g, (_, name) => (names.push(name), "([^/]+)"))}$`));
  return found && Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1])]));
}
