// A person as a link, with the name the provider sent.
import { html } from "../vendor/preact-htm.js";
import { Link } from "./route.js";
import { userHref } from "./links.js";

// A long address breaks after its @.
export function Address({ text }) {
  const at = text.lastIndexOf("@") + 1;
  return html`${text.slice(0, at)}<wbr />${text.slice(at)}`;
}

// A person's link: the user name, and below it the name the provider sent.
export function Person({ user, hook }) {
  return html`
    <${Link} href=${userHref(user.user_id)} data-t=${hook}><${Address} text=${user.user_name} /><//>
    ${user.display_name && html`<br /><span class="faint">${user.display_name}</span>`}
  `;
}
