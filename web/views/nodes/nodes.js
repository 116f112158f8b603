// Nodes: the tree on the left, the chosen node on the right.
import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t, number } from "../../lib/i18n.js";
import { get } from "../../lib/api.js";
import { useNews } from "../../lib/live.js";
import { useLoad } from "../../lib/load.js";
import { Link, navigate, route } from "../../lib/route.js";
import { Heading } from "../../lib/heading.js";
import { Empty, Loaded, Notice, Chip } from "../../lib/feedback.js";
import { CommandLine, CopyButton } from "../../lib/fields.js";
import { Fact } from "../../lib/fact.js";
import { Icon } from "../../lib/icons.js";
import { Tabs } from "../../lib/tabs.js";
import { Tree } from "../../lib/tree.js";
import { connectionHref, draftHref, nodeHref, wizardHref } from "../../lib/links.js";
import { TeamList } from "../teams/teams.js";
import { UserList } from "../users/users.js";
import { AddNode, RenameNode, MoveNode, DeleteNode } from "./node-dialogs.js";
import { NodeSandbox, ResetNode, SeedNode } from "./node-sandbox.js";

function Provisioning({ node, onAdd }) {
  const { connection } = node;
  const isRoot = node.parent_id === null;
  if (connection) {
    const draft = connection.state === "draft";
    const href = draft ? draftHref(node.node_id) : connectionHref(connection.scim_id);
    return html`
      <${Link} class="method" href=${href} data-t="node.connection">
        <${Icon} name="plug" />
        <span class="method-text">
          <strong>SCIM</strong>
          <span class="faint">
            ${draft ? t("node.method-draft") : t("node.method-open", { id: String(connection.scim_id) })}
          </span>
        </span>
        <${Chip} state=${connection.attention ? "attention" : connection.state} />
      <//>
      <p class="hint">${t("node.one-idp")}</p>
    `;
  }
  return html`
    <p class="faint">${isRoot ? t("error.ROOT_NODE") : t("node.no-method")}</p>
    <div class="row">
      <button
        type="button"
        class=${isRoot ? "button" : "button primary"}
        disabled=${isRoot}
        aria-describedby=${isRoot ? "root-reason" : null}
        data-needs="change" data-t="node.add-method"
        onClick=${() => navigate(wizardHref(node.node_id))}
      >
        <${Icon} name="plus" />
        ${t("node.add-method")}
      </button>
      ${
        isRoot &&
        html`
          <button type="button" class="button primary" data-needs="change" data-t="node.create-sub-node" onClick=${onAdd}>
            ${t("node.create-sub-node")}
          </button>
        `
      }
    </div>
    ${
      isRoot
        ? html`<p class="hint" id="root-reason">${t("node.root-reason")}</p>`
        : html`<p class="hint">${t("node.one-idp")}</p>`
    }
  `;
}

function Detail({ node, open, onBack, onChange }) {
  const heading = useRef(null);
  const asked = route.value.query.get("tab");
  const tab = ["users", "teams"].includes(asked) ? asked : "general";
  useEffect(() => {
    const treeHidden = document.querySelector(".tree")?.offsetParent === null;
    if (treeHidden) heading.current.focus({ preventScroll: true });
  }, [node.node_id]);
  return html`
    <section class="card detail" aria-labelledby="node-name">
      <button type="button" class="button only-narrow" data-t="node.back" onClick=${onBack}>${t("node.back")}</button>
      <p class="path faint">${node.path}</p>
      <h2 id="node-name" tabindex="-1" ref=${heading} data-t="node.name">${node.name}</h2>
      ${node.sandbox && html`<p><span class="tag" data-t="node.sandbox">${t("sandbox.title")}</span></p>`}
      <${Tabs}
        label=${t("node.sections")}
        hook="node.tab"
        current=${tab}
        onChoose=${(name) => navigate(`${nodeHref(node.node_id)}?tab=${name}`, { replace: true })}
        tabs=${[
          ["general", t("node.tab.general")],
          ["users", t("nav.users"), node.users],
          ["teams", t("nav.teams"), node.teams],
        ]}
      />
      <div role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${tab}`}>
        ${tab === "users" && html`<${UserList} nodeId=${String(node.node_id)} />`}
        ${tab === "teams" && html`<${TeamList} nodeId=${String(node.node_id)} />`}
        ${tab === "general" && html`<${General} node=${node} open=${open} onChange=${onChange} />`}
      </div>
    </section>
  `;
}

function General({ node, open, onChange }) {
  const isRoot = node.parent_id === null;
  return html`
    <dl class="facts">
        <div>
          <dt>${t("node.id")}</dt>
          <dd class="mono">
            ${node.node_id}
            <${CopyButton}
              plain=${true}
              text=${String(node.node_id)}
              label=${t("act.copy-named", { name: t("node.id") })}
              hook="node.copy-id"
            />
          </dd>
        </div>
        <${Fact} name=${t("nav.users")}>
          <${Link} href=${`/ui/users?node=${node.node_id}`} data-t="node.users">${number(node.users)}<//>
        <//>
        <${Fact} name=${t("nav.teams")}>
          <${Link} href=${`/ui/teams?node=${node.node_id}`} data-t="node.teams">${number(node.teams)}<//>
        <//>
      </dl>
      <div class="row">
        <button type="button" class="button" data-needs="change" data-t="node.add-child" onClick=${() => open("add")}>
          ${t("node.add-child")}
        </button>
        <button type="button" class="button" data-needs="change" data-t="node.rename" onClick=${() => open("rename")}>
          ${t("act.rename")}
        </button>
        ${
          !isRoot &&
          html`
            <button type="button" class="button" data-needs="change" data-t="node.move" onClick=${() => open("move")}>
              ${t("node.move")}
            </button>
            <button type="button" class="button danger" data-needs="change" data-t="node.delete" onClick=${() => open("delete")}>
              ${t("act.delete")}
            </button>
          `
        }
      </div>
      <h3>${t("nav.provisioning")}</h3>
      <${Provisioning} node=${node} onAdd=${() => open("add")} />
      ${node.sandbox && html`<${NodeSandbox} key=${JSON.stringify(node.sandbox)} node=${node} onChange=${onChange} open=${open} />`}
      <${CommandLine}
        hook="node.cli"
        lines=${[
          `scimbox node create NAME --parent ${node.node_id}`,
          `scimbox node rename ${node.node_id} NAME`,
          ...(isRoot
            ? []
            : [
                `scimbox node move ${node.node_id} --parent ID`,
                `scimbox node delete ${node.node_id}`,
                `scimbox scim create --node ${node.node_id}`,
              ]),
        ]}
      />
  `;
}

const counts = (node) => `${t("nav.users")} ${number(node.users)}, ${t("nav.teams")} ${number(node.teams)}`;

export function Nodes({ id }) {
  const nodes = useLoad(() => get("/nodes"), []);
  useNews(nodes.reload);
  const [dialog, setDialog] = useState(null);
  const all = nodes.value ?? [];
  const root = all.find((node) => node.parent_id === null);
  const chosen = id ? all.find((node) => String(node.node_id) === id) : root;
  // The first step of the overview leads here, with the dialog open.
  const wantsNew = route.value.query.get("add") === "1";
  useEffect(() => {
    if (!root || !wantsNew) return;
    navigate(location.pathname, { replace: true });
    setDialog("add");
  }, [Boolean(root), wantsNew]);
  const done = async (next) => {
    setDialog(null);
    await nodes.reload();
    if (next) navigate(nodeHref(next));
  };
  const shared = { node: chosen, nodes: all, onClose: () => setDialog(null), onDone: done };
  return html`
    <header class="page-head">
      <div>
        <${Heading}
          text=${t("nav.nodes")}
          title=${id && chosen ? `${chosen.name} · ${t("nav.nodes")}` : t("nav.nodes")}
          quiet=${Boolean(id)}
        />
        <p class="lead">${t("nodes.lead")}</p>
      </div>
      <button
        type="button"
        class="button primary"
        data-needs="change" data-t="nodes.add"
        disabled=${!root}
        onClick=${() => setDialog("add")}
      >
        <${Icon} name="plus" />
        ${t("nodes.add")}
      </button>
    </header>
    <${Loaded} of=${nodes} lines=${6} hook="nodes">
      ${() => html`
        <div class=${id ? "split chosen" : "split"}>
          <div class="split-left card">
            <${Tree}
              nodes=${all}
              chosen=${chosen?.node_id}
              onChoose=${(node) => navigate(nodeHref(node.node_id))}
              label=${t("nav.nodes")}
              hook="nodes.row"
            >
              ${(node) => html`
                <span class="faint small-text" title=${counts(node)}>
                  <span aria-hidden="true">${number(node.users)} · ${number(node.teams)}</span>
                  <span class="off-screen">${counts(node)}</span>
                </span>
                ${
                  node.connection &&
                  html`<${Chip} state=${node.connection.attention ? "attention" : node.connection.state} />`
                }
              `}
            <//>
            ${
              all.length === 1 &&
              html`
                <${Empty}
                  icon="nodes"
                  title=${t("nodes.empty-title")}
                  text=${t("nodes.empty-text")}
                  hook="nodes.empty"
                />
              `
            }
          </div>
          ${
            chosen
              ? html`
                <${Detail}
                  key=${chosen.node_id}
                  node=${chosen}
                  open=${setDialog}
                  onChange=${nodes.reload}
                  onBack=${() => navigate("/ui/nodes")}
                />
              `
              : html`<section class="card"><${Notice} kind="warn"><p>${t("nodes.gone")}</p><//></section>`
          }
        </div>
      `}
    <//>
    ${dialog === "add" && html`<${AddNode} ...${shared} node=${chosen ?? root} />`}
    ${dialog === "rename" && html`<${RenameNode} ...${shared} />`}
    ${dialog === "move" && html`<${MoveNode} ...${shared} />`}
    ${dialog === "delete" && html`<${DeleteNode} ...${shared} />`}
    ${dialog === "seed" && html`<${SeedNode} ...${shared} />`}
    ${dialog === "reset" && html`<${ResetNode} ...${shared} />`}
  `;
}
