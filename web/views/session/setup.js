// First run: creates the first administrator with the one-time token from the link's fragment.
import { html, signal, useEffect, useState } from "../../vendor/preact-htm.js";
import { errorText, t } from "../../lib/i18n.js";
import { post, session, status } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { Link, navigate } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { ErrorNotice } from "../../lib/feedback.js";
import { CopyButton, PasswordField, TextField } from "../../lib/fields.js";
import { StrengthMeter, MIN_LENGTH } from "../../lib/strength.js";

const KEY = "scimbox.setup";

// The address bar and the history do not keep the token; this tab does, so that a reload loses nothing.
const linkToken = signal(sessionToken());

function sessionToken() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keepToken(token) {
  linkToken.value = token;
  try {
    if (token) sessionStorage.setItem(KEY, token);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is blocked: a reload needs the link again.
  }
}

// The next reload asks for a new link; the form stays, with what was typed.
function forgetToken() {
  const kept = linkToken.value;
  keepToken(null);
  linkToken.value = kept;
}

function takeToken() {
  const found = location.hash.match(/^#k=(.+)$/);
  if (!found) return;
  keepToken(decodeURIComponent(found[1]));
  history.replaceState(null, "", location.pathname);
}

const COMMANDS = ["scimbox setup-link", "docker exec scimbox scimbox setup-link", "journalctl -u scimbox | grep setup"];

function HowToGetALink() {
  return html`
    <${Heading} text=${t("setup.no-link-title")} />
    <p>${t("setup.no-link-text")}</p>
    <ul class="command-list">
      ${COMMANDS.map(
        (line) => html`
          <li key=${line}>
            <code>${line}</code>
            <${CopyButton}
              plain=${true}
              text=${line}
              label=${t("act.copy-named", { name: line })}
              hook="setup.copy-command"
            />
          </li>
        `,
      )}
    </ul>
    <p class="faint">${t("setup.no-link-life")}</p>
  `;
}

function AlreadyDone() {
  return html`
    <${Heading} text=${t("setup.done-title")} />
    <p>${t("error.SETUP_ALREADY_DONE")}</p>
    <p><${Link} class="button primary" href="/ui/login" data-t="setup.to-login">${t("login.submit")}<//></p>
  `;
}

// Refusals that belong to one field.
const FIELD_OF = { WEAK_PASSWORD: "password", EMAIL_INVALID: "email" };

function CreateAdministrator() {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState({});
  // Typing clears the error of a field.
  const typing = (field, keep) => (value) => {
    keep(value);
    setWrong((old) => ({ ...old, [field]: undefined }));
  };
  const act = useAct(() =>
    post("/setup", { token: linkToken.value, email: email.trim(), name: name.trim(), password }),
  );
  const submit = async (event) => {
    event.preventDefault();
    const found = {};
    if (!/^\S+@\S+$/.test(email.trim())) found.email = t("error.EMAIL_INVALID");
    if (!name.trim()) found.name = t("setup.name-missing");
    if ([...password].length < MIN_LENGTH) found.password = t("error.WEAK_PASSWORD.short");
    setWrong(found);
    const first = ["email", "name", "password"].find((field) => found[field]);
    if (first) {
      document.querySelector(`[data-t="setup.${first}"]`).focus();
      return;
    }
    const next = await act.run();
    if (!next) return;
    keepToken(null);
    session.value = next;
    status.value = { ...status.value, setup_required: false };
    navigate("/ui/");
  };
  useEffect(() => {
    const code = act.error?.code;
    if (code === "SETUP_ALREADY_DONE" || code === "SETUP_LINK_EXPIRED") forgetToken();
    const field = FIELD_OF[code];
    if (!field) return;
    setWrong((old) => ({ ...old, [field]: errorText(act.error) }));
    document.querySelector(`[data-t="setup.${field}"]`)?.focus();
  }, [act.error]);
  if (act.error?.code === "SETUP_ALREADY_DONE") return html`<${AlreadyDone} />`;
  return html`
    <${Heading} text=${t("setup.title")} />
    <p class="lead">${t("setup.lead")}</p>
    <form class="form" onSubmit=${submit} noValidate>
      <${TextField}
        label=${t("login.email")}
        type="email"
        autocomplete="username"
        required
        value=${email}
        onValue=${typing("email", setEmail)}
        error=${wrong.email}
        hook="setup.email"
      />
      <${TextField}
        label=${t("setup.name")}
        autocomplete="name"
        required
        value=${name}
        onValue=${typing("name", setName)}
        error=${wrong.name}
        hook="setup.name"
      />
      <${PasswordField}
        label=${t("login.password")}
        hint=${t("password.hint")}
        autocomplete="new-password"
        required
        value=${password}
        onValue=${typing("password", setPassword)}
        error=${wrong.password}
        hook="setup.password"
      />
      <${StrengthMeter} password=${password} />
      <${ErrorNotice} error=${FIELD_OF[act.error?.code] ? null : act.error} hook="setup.error">
        ${act.error?.code === "SETUP_LINK_EXPIRED" && html`<p><code>scimbox setup-link</code></p>`}
      <//>
      <button class="button primary wide" data-t="setup.submit" aria-busy=${act.busy ? "true" : null}>
        ${t("setup.submit")}
      </button>
    </form>
  `;
}

export function Setup() {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    takeToken();
    addEventListener("hashchange", takeToken);
    setReady(true);
    return () => removeEventListener("hashchange", takeToken);
  }, []);
  if (!ready) return null;
  const content = !status.value.setup_required
    ? html`<${AlreadyDone} />`
    : linkToken.value
      ? html`<${CreateAdministrator} />`
      : html`<${HowToGetALink} />`;
  return html`<section class="card narrow">${content}</section>`;
}
