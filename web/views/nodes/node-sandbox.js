// What is switched on in a sandbox: persona, faults and clock, sample data, and a fresh start.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { patch, post } from "../../lib/api.js";
import { Changeable } from "../../lib/rights.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { CommandLine, Field, SelectField, TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { ErrorNotice, Notice } from "../../lib/feedback.js";
import { personaOptions } from "../../lib/personas.js";

const rulesOf = (text) =>
  text
    .split(/\n|,/)
    .map((rule) => rule.trim())
    .filter((rule) => rule !== "");

export function NodeSandbox({ node, onChange, open }) {
  const { sandbox } = node;
  const [persona, setPersona] = useState(sandbox.persona ?? "none");
  const [faults, setFaults] = useState(sandbox.faults.join("\n"));
  const [ahead, setAhead] = useState(String(sandbox.ahead_seconds));
  const save = useAct(async () => {
    const change = { persona, faults: rulesOf(faults), ahead_seconds: Number(ahead) || 0 };
    const changed = await patch(`/nodes/${node.node_id}`, change);
    setFaults(changed.sandbox.faults.join("\n"));
    announce(t("sandbox.saved"));
    await onChange();
  });
  const send = (event) => {
    event.preventDefault();
    save.run();
  };
  return html`
    <h3>${t("sandbox.title")}</h3>
    ${
      sandbox.faults.length > 0 &&
      html`<${Notice} kind="bad" hook="sandbox.on"><p>${t("sandbox.goes-wrong-now", { n: sandbox.faults.length })}</p><//>`
    }
    <form class="form" onSubmit=${send} noValidate>
      <${Changeable}>
      <${SelectField}
        label=${t("sandbox.persona")}
        hint=${t("sandbox.persona-hint")}
        value=${persona}
        onValue=${setPersona}
        options=${personaOptions()}
        hook="sandbox.persona"
      />
      <${Field} label=${t("sandbox.faults")} hint=${t("sandbox.faults-hint")}>
        ${(inputProps) => html`
          <textarea
            ...${inputProps}
            rows="4"
            spellcheck="false"
            value=${faults}
            data-t="sandbox.faults"
            onInput=${(event) => setFaults(event.currentTarget.value)}
          />
        `}
      <//>
      <${TextField}
        label=${t("sandbox.ahead")}
        hint=${t("sandbox.ahead-hint")}
        value=${ahead}
        onValue=${setAhead}
        inputmode="numeric"
        hook="sandbox.ahead"
      />
      <//>
      <${ErrorNotice} error=${save.error} hook="sandbox.error" />
      <div class="row">
        <button class="button primary" data-needs="change" data-t="sandbox.save" aria-busy=${save.busy ? "true" : null}>
          ${t("act.save")}
        </button>
        <button type="button" class="button" data-needs="change" data-t="sandbox.seed" onClick=${() => open("seed")}>
          ${t("sandbox.seed")}
        </button>
        <button type="button" class="button danger" data-needs="change" data-t="sandbox.reset" onClick=${() => open("reset")}>
          ${t("sandbox.reset")}
        </button>
      </div>
    </form>
    <${CommandLine}
      hook="sandbox.cli"
      lines=${[
        `scimbox node persona ${node.node_id} aws`,
        `scimbox node faults set ${node.node_id} 429:5%`,
        `scimbox seed --node ${node.node_id} --users 100 --groups 10`,
        `scimbox node reset ${node.node_id}`,
      ]}
    />
  `;
}

export function SeedNode({ node, onClose, onDone }) {
  const [users, setUsers] = useState("100");
  const [groups, setGroups] = useState("10");
  const [locale, setLocale] = useState("en");
  const [shape, setShape] = useState("flat");
  const act = useAct(async () => {
    const wish = { users: Number(users), groups: Number(groups), locale, shape };
    const done = await post(`/nodes/${node.node_id}/seed`, wish);
    announce(t("sandbox.seeded", { users: done.users, groups: done.groups }));
    await onDone();
  });
  const isNumber = (text) => /^\d+$/.test(text);
  return html`
    <${DialogForm}
      title=${t("sandbox.seed-title", { name: node.name })}
      hook="sandbox.seed-dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("sandbox.seed")}
      submitHook="sandbox.seed-submit"
      ready=${isNumber(users) && isNumber(groups)}
    >
      <p>${t("sandbox.seed-text")}</p>
      <${TextField}
        label=${t("sandbox.users")}
        value=${users}
        onValue=${setUsers}
        inputmode="numeric"
        data-first
        hook="sandbox.seed-users"
      />
      <${TextField}
        label=${t("sandbox.groups")}
        value=${groups}
        onValue=${setGroups}
        inputmode="numeric"
        hook="sandbox.seed-groups"
      />
      <${SelectField}
        label=${t("sandbox.locale")}
        value=${locale}
        onValue=${setLocale}
        options=${["en", "ja", "mixed"].map((word) => [word, t(`sandbox.locale.${word}`)])}
        hook="sandbox.seed-locale"
      />
      <${SelectField}
        label=${t("sandbox.shape")}
        value=${shape}
        onValue=${setShape}
        options=${["flat", "org-chart"].map((word) => [word, t(`sandbox.shape.${word}`)])}
        hook="sandbox.seed-shape"
      />
    <//>
  `;
}

export function ResetNode({ node, onClose, onDone }) {
  const act = useAct(async () => {
    const done = await post(`/nodes/${node.node_id}/reset`, {});
    announce(t("sandbox.was-reset", { users: done.users, teams: done.teams }));
    await onDone();
  });
  return html`
    <${DialogForm}
      title=${t("sandbox.reset-title", { name: node.name })}
      hook="sandbox.reset-dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("sandbox.reset")}
      submitHook="sandbox.reset-submit"
      danger=${true}
    >
      <p>${t("sandbox.reset-text", { users: node.users, teams: node.teams })}</p>
    <//>
  `;
}
