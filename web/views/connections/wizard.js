// The provisioning wizard of a node: Add method → Identity provider → Generate → Save.
import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { get, post } from "../../lib/api.js";
import { useAct, useLoad } from "../../lib/load.js";
import { useLeaveQuestion } from "../../lib/leaving.js";
import { Link, navigate, route } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { ErrorNotice, Loaded, Notice } from "../../lib/feedback.js";
import { Missing } from "../shell/missing.js";
import { choicesOf, generateBody, rememberChoices, rememberedChoices, signature } from "../../lib/draft.js";
import { connectionHref, nodeHref, wizardHref } from "../../lib/links.js";
import { MethodStep, ProviderStep } from "./wizard-choices.js";
import { GenerateStep } from "./wizard-generate.js";
import { PushStep } from "./wizard-push.js";
import { newPushHref } from "../push/push-sources.js";
import { SOURCES } from "../push/push-words.js";

const STEPS = ["method", "provider", "generate", "save"];
const PUSH_STEPS = ["method", "push-target", "push-record"];

function Progress({ step, steps = STEPS }) {
  return html`
    <ol class="progress" aria-label=${t("wizard.progress")}>
      ${steps.map(
        (name, i) => html`
          <li key=${name} class=${i < step ? "past" : ""} aria-current=${i === step ? "step" : null}>
            <span class="progress-mark" aria-hidden="true">${i + 1}</span>
            <span>${t(`wizard.step.${name}`)}</span>
            ${i < step && html`<span class="off-screen">${t("overview.done")}</span>`}
          </li>
        `,
      )}
    </ol>
  `;
}

function Steps({ node, idps, draft: firstDraft }) {
  const [choices, setChoices] = useState(() => {
    const kept = rememberedChoices(node.node_id);
    return firstDraft && !kept.idp ? choicesOf(firstDraft, idps) : kept;
  });
  const [draft, setDraft] = useState(firstDraft);
  const [token, setToken] = useState(null);
  const [generatedFor, setGeneratedFor] = useState(() => firstDraft && signature(choicesOf(firstDraft, idps), idps));
  const panel = useRef(null);
  const base = wizardHref(node.node_id);
  const asked = Math.min(3, Math.max(1, Number(route.value.query.get("step")) || (firstDraft ? 3 : 1)));
  const step = asked === 3 && !choices.idp ? 2 : asked;
  const outdated = draft !== null && generatedFor !== signature(choices, idps);

  const source = SOURCES.find((one) => one === route.value.query.get("source"));

  useEffect(() => rememberChoices(node.node_id, choices), [choices]);
  const leaveQuestion = useLeaveQuestion(token !== null, "wizard");
  const mounted = useRef(false);
  useEffect(() => {
    if (mounted.current) panel.current?.querySelector("h2")?.focus();
    mounted.current = true;
  }, [step, source]);

  const generate = useAct(async () => {
    const made = await post(`/nodes/${node.node_id}/connection`, generateBody(choices));
    setDraft(made.connection);
    setToken(made.provisioning_token);
    setGeneratedFor(signature(choices, idps));
  });
  const save = useAct(async () => {
    const saved = await post(`/connections/${draft.scim_id}/save`);
    rememberChoices(node.node_id, null);
    navigate(connectionHref(saved.scim_id), { ask: false });
  });
  const go = (next) => navigate(`${base}?step=${next}`);
  const goPush = (next) => navigate(`${base}?step=2&source=${next}`);
  const shared = { node, idps, choices, setChoices, go, goPush };

  if (source)
    return html`
      <${Progress} step=${1} steps=${PUSH_STEPS} />
      <div ref=${panel}><${PushStep} ...${shared} source=${source} draft=${draft} /></div>
    `;
  return html`
    <${Progress} step=${step === 3 && draft && !outdated ? 3 : step - 1} />
    <div ref=${panel}>
      ${step === 1 && html`<${MethodStep} ...${shared} />`}
      ${step === 2 && html`<${ProviderStep} ...${shared} />`}
      ${
        step === 3 &&
        html`
          <${GenerateStep}
            ...${shared}
            draft=${outdated ? null : draft}
            token=${token}
            outdated=${outdated}
            generate=${generate}
            save=${save}
          />
        `
      }
    </div>
    ${leaveQuestion}
  `;
}

export function Wizard({ id }) {
  const start = useLoad(async () => {
    const [node, idps] = await Promise.all([get(`/nodes/${id}`), get("/idps")]);
    const draft = node.connection?.state === "draft" ? await get(`/connections/${node.connection.scim_id}`) : null;
    return { node, idps, draft };
  }, [id]);
  if (start.error?.code === "NOT_FOUND") return html`<${Missing} text=${t("nodes.gone")} />`;
  const node = start.value?.node;
  const taken = node?.connection && node.connection.state !== "draft";
  return html`
    <header class="page-head">
      <div>
        <p class="crumb"><${Link} href=${nodeHref(id)} data-t="wizard.to-node">${node?.name ?? t("nav.nodes")}<//></p>
        <${Heading} text=${t("wizard.title")} />
      </div>
    </header>
    <${Loaded} of=${start} hook="wizard">
      ${({ idps, draft }) => {
        if (node.parent_id === null)
          return html`
            <${Notice} kind="warn" hook="wizard.root">
              <p>${t("error.ROOT_NODE")}</p>
              <p><${Link} class="button" href="/ui/nodes" data-t="wizard.to-nodes">${t("connections.to-nodes")}<//></p>
            <//>
          `;
        if (taken) {
          return html`
            <${ErrorNotice} error=${{ code: "METHOD_EXISTS", message: "", detail: {} }} hook="wizard.taken">
              <p>
                <${Link} class="button" href=${connectionHref(node.connection.scim_id)} data-t="wizard.to-connection">
                  ${t("wizard.to-connection")}
                <//>${" "}
                <${Link}
                  class="button"
                  href=${newPushHref(null, node.connection.scim_id)}
                  data-t="wizard.to-push"
                >
                  ${t("wizard.to-push")}
                <//>
              </p>
            <//>
          `;
        }
        return html`<${Steps} node=${node} idps=${idps} draft=${draft} />`;
      }}
    <//>
  `;
}
