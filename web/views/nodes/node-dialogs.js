// The dialogs that add, rename, move and delete a node.
import { html, useMemo, useState } from "../../vendor/preact-htm.js";
import { t, language } from "../../lib/i18n.js";
import { patch, post, remove } from "../../lib/api.js";
import { useAct } from "../../lib/load.js";
import { announce } from "../../lib/announce.js";
import { SelectField, TextField } from "../../lib/fields.js";
import { treeRows } from "../../lib/tree.js";
import { DialogForm } from "../../lib/dialog-form.js";

// All nodes as options, indented by depth; `without` leaves out a node and everything below it.
export function usePicker(nodes, without) {
  return useMemo(() => {
    const below = new Set(without ? [without] : []);
    const rows = treeRows(nodes, new Set(), language.value);
    for (const { node } of rows) if (below.has(node.parent_id)) below.add(node.node_id);
    return rows
      .filter(({ node }) => !below.has(node.node_id))
      .map(({ node, depth }) => [String(node.node_id), `${"\u2003".repeat(depth - 1)}${node.name}`]);
  }, [nodes, without, language.value]);
}

export function AddNode({ node, nodes, onClose, onDone }) {
  const [name, setName] = useState("");
  const [parent, setParent] = useState(String(node.node_id));
  const options = usePicker(nodes);
  const act = useAct(async () => {
    const made = await post("/nodes", { name: name.trim(), parent_id: Number(parent) });
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
  const options = usePicker(nodes, node.node_id);
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
