// The dialogs that add, rename, move and delete a node.
import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../../lib/i18n.js";
import { patch, post, remove } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { CheckField, SelectField, TextField } from "../../lib/fields.js";
import { DialogForm } from "../../lib/dialog-form.js";
import { useNodeOptions } from "../../lib/node-options.js";

export function AddNode({ node, nodes, onClose, onDone }) {
  const [name, setName] = useState("");
  const [parent, setParent] = useState(String(node.node_id));
  const [sandbox, setSandbox] = useState(false);
  const options = useNodeOptions(nodes);
  const act = useAct(async () => {
    const made = await post("/nodes", { name: name.trim(), parent_id: Number(parent), sandbox });
    await onDone(made.node_id);
    announce(t("nodes.added", { name: made.name }));
  });
  return html`
    <${DialogForm}
      title=${t("nodes.add")}
      hook="nodes.dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("nodes.create")}
      submitHook="nodes.create"
      ready=${name.trim() !== ""}
    >
      <${TextField}
        label=${t("nodes.name")}
        hint=${t("nodes.name-hint")}
        value=${name}
        onValue=${setName}
        required
        data-first
        autocomplete="off"
        hook="nodes.name"
      />
      <${SelectField}
        label=${t("nodes.parent")}
        value=${parent}
        onValue=${setParent}
        options=${options}
        hook="nodes.parent"
      />
      <${CheckField}
        label=${t("nodes.sandbox")}
        hint=${t("nodes.sandbox-hint")}
        checked=${sandbox}
        onValue=${setSandbox}
        hook="nodes.sandbox"
      />
    <//>
  `;
}

export function RenameNode({ node, onClose, onDone }) {
  const [name, setName] = useState(node.name);
  const act = useAct(async () => {
    await patch(`/nodes/${node.node_id}`, { name: name.trim() });
    await onDone();
  });
  return html`
    <${DialogForm}
      title=${t("node.rename-title", { name: node.name })}
      hook="node.rename-dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("act.rename")}
      submitHook="node.rename-submit"
      ready=${name.trim() !== ""}
    >
      <${TextField}
        label=${t("nodes.name")}
        value=${name}
        onValue=${setName}
        required
        data-first
        autocomplete="off"
        hook="node.rename-name"
      />
    <//>
  `;
}

export function MoveNode({ node, nodes, onClose, onDone }) {
  const [parent, setParent] = useState(String(node.parent_id));
  const options = useNodeOptions(nodes, node.node_id);
  const act = useAct(async () => {
    await patch(`/nodes/${node.node_id}`, { parent_id: Number(parent) });
    await onDone();
  });
  return html`
    <${DialogForm}
      title=${t("node.move-title", { name: node.name })}
      hook="node.move-dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("node.move-submit")}
      submitHook="node.move-submit"
      ready=${parent !== String(node.parent_id)}
    >
      <p>${t("node.move-text")}</p>
      <${SelectField}
        label=${t("nodes.parent")}
        value=${parent}
        onValue=${setParent}
        options=${options}
        hook="node.move-target"
      />
    <//>
  `;
}

export function DeleteNode({ node, onClose, onDone }) {
  const [typed, setTyped] = useState("");
  const act = useAct(async () => {
    await remove(`/nodes/${node.node_id}`);
    await onDone(node.parent_id);
    announce(t("node.deleted", { name: node.name }));
  });
  return html`
    <${DialogForm}
      title=${t("node.delete-title", { name: node.name })}
      hook="node.delete-dialog"
      onClose=${onClose}
      act=${act}
      submit=${t("act.delete")}
      submitHook="node.delete-submit"
      danger=${true}
      ready=${typed.trim() === node.name}
    >
      <p>${t("node.delete-text")}</p>
      <${TextField}
        label=${t("act.type-name", { name: node.name })}
        value=${typed}
        onValue=${setTyped}
        data-first
        autocomplete="off"
        hook="node.delete-name"
      />
    <//>
  `;
}
