// The tree of nodes as the options of a select field.
import { useMemo } from "../vendor/preact-htm.js";
import { language } from "./i18n.js";
import { treeRows } from "./tree.js";

// All nodes as options, indented by depth; `without` leaves out a node and everything below it.
export function useNodeOptions(nodes, without) {
  return useMemo(() => {
    const below = new Set(without ? [without] : []);
    const rows = treeRows(nodes, new Set(), language.value);
    for (const { node } of rows) if (below.has(node.parent_id)) below.add(node.node_id);
    return rows
      .filter(({ node }) => !below.has(node.node_id))
      .map(({ node, depth }) => [String(node.node_id), `${"\u2003".repeat(depth - 1)}${node.name}`]);
  }, [nodes, without, language.value]);
}
