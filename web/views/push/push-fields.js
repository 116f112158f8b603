// The fields of a push record's form: each is named by its key, with its label, hint and error from the catalogue.
import { html, useEffect, useId, useRef, useState } from "../../vendor/preact-htm.js";
import { t, known } from "../../lib/i18n.js";
import { CheckField, Field, PasswordField, RadioGroup, TextField } from "../../lib/fields.js";
import { wrongText } from "./push-form.js";

const hintOf = (name) => (known(`push.field.${name}.text`) ? t(`push.field.${name}.text`) : null);

const shared = ({ form, name, hint }) => ({
  label: t(`push.field.${name}`),
  hint: hint ?? hintOf(name),
  error: form.wrong[name] ? wrongText(name, form) : null,
  value: form.values[name],
  onValue: (value) => form.set({ [name]: value }),
  hook: `push.${name}`,
});

export function Text(props) {
  const { form: _, name: __, hint: ___, ...rest } = props;
  return html`<${TextField} autocomplete="off" spellcheck="false" ...${rest} ...${shared(props)} />`;
}

// A number with its unit behind it in the label.
export function NumberText(props) {
  return html`<${Text} inputmode="numeric" ...${props} />`;
}

export function Lines({ rows = 3, ...props }) {
  const { label, hint, error, value, onValue, hook } = shared(props);
  return html`
    <${Field} label=${label} hint=${hint} error=${error}>
      ${(inputProps) => html`
        <textarea
          rows=${rows}
          spellcheck="false"
          autocapitalize="off"
          ...${inputProps}
          value=${value}
          data-t=${hook}
          onInput=${(event) => onValue(event.currentTarget.value)}
        ></textarea>
      `}
    <//>
  `;
}

// A secret that is never shown again; empty keeps the one that is set.
export function Secret({ isSet, ...props }) {
  const hint = isSet ? t("push.secret-set") : hintOf(props.name);
  return html`<${PasswordField} autocomplete="new-password" ...${shared({ ...props, hint })} />`;
}

export function Check(props) {
  const { label, hint, value, onValue, hook } = shared(props);
  return html`<${CheckField} label=${label} hint=${hint} checked=${value} onValue=${onValue} hook=${hook} />`;
}

export function Choice({ form, name, words }) {
  return html`
    <${RadioGroup}
      legend=${t(`push.field.${name}`)}
      name=${name}
      value=${form.values[name]}
      onValue=${(value) => form.set({ [name]: value })}
      hook=${`push.${name}`}
      options=${words.map((word) => ({
        value: word,
        label: t(`push.${name}.${word}`),
        hint: known(`push.${name}.${word}.text`) ? t(`push.${name}.${word}.text`) : null,
      }))}
    />
  `;
}

function FilePicker({ label, hook, accept, onText }) {
  const id = useId();
  const read = async (event) => {
    const [file] = event.currentTarget.files;
    if (file) onText(await file.text());
    event.target.value = "";
  };
  return html`
    <div class="file-pick">
      <label for=${id} class="off-screen">${label}</label>
      <input type="file" id=${id} accept=${accept} data-t=${hook} onChange=${read} />
    </div>
  `;
}

// Certificates, pasted or from a file; they are no secret, so they stay visible.
export function Certificates(props) {
  const { label, onValue, hook } = shared(props);
  return html`
    <div class="file-field">
      <${Lines} ...${props} rows=${3} />
      <${FilePicker}
        label=${t("push.file-of", { name: label })}
        hook=${`${hook}-file`}
        accept=".pem,.crt,.cer"
        onText=${onValue}
      />
    </div>
  `;
}

// The address of the service account in a key file, or null when it is no such file.
function accountOf(text) {
  try {
    const key = JSON.parse(text);
    return key.type === "service_account" && typeof key.client_email === "string" ? key.client_email : null;
  } catch {
    return null;
  }
}

// Takes the focus from the field that the key came by.
function KeyChosen({ label, account, onClear }) {
  const ref = useRef(null);
  useEffect(() => ref.current.focus(), []);
  return html`
    <div class="field">
      <p class="label">${label}</p>
      <p class="row">
        <span role="status" data-t="push.credentials-account">${t("push.key-of", { account })}</span>
        <button type="button" class="button small" ref=${ref} data-t="push.credentials-clear" onClick=${onClear}>
          ${t("push.key-other")}
        </button>
      </p>
    </div>
  `;
}

// The key file of Google, chosen or pasted. Once it is here only its account is shown.
export function KeyFile({ form, isSet }) {
  const [pasting, setPasting] = useState(false);
  const text = form.values.credentials;
  const account = accountOf(text);
  const take = (next) => form.set({ credentials: next });
  const label = t("push.field.credentials");
  if (account) return html`<${KeyChosen} label=${label} account=${account} onClear=${() => take("")} />`;
  const hint = isSet ? t("push.secret-set") : hintOf("credentials");
  const error = text ? t("push.wrong.credentials") : form.wrong.credentials && wrongText("credentials", form);
  return html`
    <div class="file-field">
      <${Field} label=${label} hint=${hint} error=${error}>
        ${(inputProps) =>
          pasting
            ? html`
              <textarea
                rows="3"
                spellcheck="false"
                autocomplete="off"
                ...${inputProps}
                value=${text}
                data-t="push.credentials"
                onInput=${(event) => take(event.currentTarget.value)}
              ></textarea>
            `
            : html`
              <input
                type="file"
                accept=".json,application/json"
                ...${inputProps}
                data-t="push.credentials-file"
                onChange=${async (event) => take((await event.currentTarget.files[0]?.text()) ?? "")}
              />
            `}
      <//>
      <button type="button" class="link-button" data-t="push.credentials-paste" onClick=${() => setPasting(!pasting)}>
        ${t(pasting ? "push.key-choose" : "push.key-paste")}
      </button>
    </div>
  `;
}
