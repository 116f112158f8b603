// The h1 of a route: sets the document title and takes the focus when the route changes.
import { html, useEffect, useLayoutEffect, useRef } from "../vendor/preact-htm.js";
import { route } from "./route.js";

let lastPath = null;
// True when a heading was removed while it had the focus: the next one takes the focus.
let orphaned = false;

// `title` names the document when it says more than the heading; `quiet` does not move the focus.
export function Heading({ text, title = text, quiet = false }) {
  const ref = useRef(null);
  const path = route.value.path;
  useLayoutEffect(() => {
    document.title = `${title} · Scimbox`;
  }, [title]);
  useLayoutEffect(() => {
    const heading = ref.current;
    return () => {
      if (document.activeElement === heading) orphaned = true;
    };
  }, []);
  useEffect(() => {
    if (orphaned || (lastPath !== null && lastPath !== path && !quiet)) ref.current.focus({ preventScroll: true });
    orphaned = false;
    lastPath = path;
  }, [path]);
  return html`<h1 ref=${ref} tabindex="-1">${text}</h1>`;
}
