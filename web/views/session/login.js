// Sign-in, as a page and as a dialog over the current page when the session has ended or the password is asked for again.
import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { passwordAnswered, post, session, signedInAgain } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { Heading } from "../../lib/heading.js";
import { Dialog } from "../../lib/dialog.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { CheckField, PasswordField, TextField } from "../../lib/fields.js";
import { OneTimeCode, OwnPassword } from "../../lib/own-password.js";
import { keepApproved } from "../../lib/approved.js";
import { announce } from "../../lib/announce.js";
import { DialogForm } from "../../lib/dialog-form.js";

// Counts the seconds of a SIGN_IN_DELAYED answer down to zero.
function useCountdown(error) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (error?.code !== "SIGN_IN_DELAYED") {
      setLeft(0);
      return undefined;
    }
    const end = Date.now() + (error.detail.retry_after ?? 5) * 1000;
    const tick = () => {
      const rest = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(rest);
      if (rest === 0) {
        clearInterval(timer);
        announce(t("login.again-now"), { visible: false });
      }
    };
    const timer = setInterval(tick, 250);
    tick();
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

function SignInForm({ email: given, onDone, hook }) {
  const [email, setEmail] = useState(given ?? "");
  const [password, setPassword] = useState("");
  const [stay, setStay] = useState(false);
  // Null until the server asks for a code beside the password.
  const [code, setCode] = useState(null);
  const act = useAct(async () => {
    try {
      return await post("/session", { email, password, remember: stay, ...(code !== null && { code }) });
    } catch (error) {
      if (error.code !== "SECOND_FACTOR_NEEDED" || code !== null) throw error;
      setCode("");
      return { asks: true };
    }
  });
  const left = useCountdown(act.error);
  const delayed = act.error?.code === "SIGN_IN_DELAYED";
  const submit = async (event) => {
    event.preventDefault();
    if (left > 0) return;
    const next = await act.run();
    if (!next) {
      if (code === null) setPassword("");
      else setCode("");
      return;
    }
    if (next.asks) return;
    onDone(next);
    const { teams = 0, memberships = 0 } = next.approved ?? {};
    const said = teams + memberships > 0 ? [t("login.approved", { teams, memberships })] : [];
    if (next.job_id) said.push(t("login.job"));
    if (said.length) keepApproved({ teams, memberships, job: Boolean(next.job_id), until: Date.now() + 600_000 });
    if (said.length) announce(said.join(" "));
  };
  return html`
    <form onSubmit=${submit} class="form" noValidate>
      <${TextField}
        label=${t("login.email")}
        type="email"
        autocomplete="username"
        required
        readonly=${given !== undefined}
        value=${email}
        onValue=${setEmail}
        hook=${`${hook}.email`}
      />
      <${PasswordField}
        label=${t("login.password")}
        autocomplete="current-password"
        required
        data-first
        value=${password}
        onValue=${setPassword}
        hook=${`${hook}.password`}
      />
      ${
        code !== null &&
        html`
          <${OneTimeCode}
            hint=${t("factor.code-hint")}
            value=${code}
            onValue=${setCode}
            autofocus
            hook=${`${hook}.code`}
          />
        `
      }
      ${
        given === undefined &&
        html`
          <${CheckField}
            label=${t("login.remember")}
            hint=${t("login.remember-hint")}
            checked=${stay}
            onValue=${setStay}
            hook=${`${hook}.remember`}
          />
        `
      }
      ${
        delayed &&
        html`
          <div role="alert" class="off-screen">
            ${t("error.SIGN_IN_DELAYED", { n: act.error.detail.retry_after ?? 5 })}
          </div>
        `
      }
      ${
        delayed &&
        left > 0 &&
        html`<${Notice} kind="warn" hook=${`${hook}.delayed`}><p>${t("error.SIGN_IN_DELAYED", { n: left })}</p><//>`
      }
      ${act.error && !delayed && html`<${ErrorNotice} error=${act.error} hook=${`${hook}.error`} />`}
      <button
        class="button primary wide"
        data-t=${`${hook}.submit`}
        disabled=${left > 0 || !email || !password || code === ""}
        aria-busy=${act.busy ? "true" : null}
      >
        ${t("login.submit")}
      </button>
    </form>
  `;
}

export function Login() {
  return html`
    <section class="card narrow">
      <${Heading} text=${t("login.title")} />
      <p class="lead">${t("login.lead")}</p>
      <${SignInForm}
        hook="login"
        onDone=${(next) => {
          session.value = next;
        }}
      />
    </section>
  `;
}

export function SignInDialog() {
  const done = (next) => {
    announce(t("login.back"));
    signedInAgain(next);
  };
  return html`
    <${Dialog} title=${t("login.expired-title")} hook="login-again" locked=${true} onClose=${() => {}}>
      <p>${t("login.expired-text")}</p>
      <${SignInForm} email=${session.value.admin.email} hook="login-again" onDone=${done} />
    <//>
  `;
}

// Asks for the password again before a change of who may sign in; cancelling drops the change.
export function PasswordAgainDialog() {
  const [password, setPassword] = useState("");
  const act = useAct(async () => {
    try {
      passwordAnswered(await post("/session/confirm", { password }));
    } finally {
      setPassword("");
    }
  });
  return html`
    <${DialogForm}
      title=${t("confirm.title")}
      hook="confirm"
      onClose=${() => passwordAnswered(null)}
      act=${act}
      submit=${t("confirm.submit")}
      submitHook="confirm.submit"
      ready=${password !== ""}
    >
      <p>${t("confirm.text")}</p>
      <${OwnPassword} value=${password} onValue=${setPassword} hook="confirm.password" />
    <//>
  `;
}
