// The addresses of the pages that other pages link to.
export const nodeHref = (id) => `/ui/nodes/${id}`;
export const userHref = (id) => `/ui/users/${id}`;
export const teamHref = (id) => `/ui/teams/${encodeURIComponent(id)}`;
export const connectionHref = (id) => `/ui/connections/${id}`;
export const wizardHref = (nodeId) => `${nodeHref(nodeId)}/provisioning/new`;

// The wizard's step that saves a draft.
export const draftHref = (nodeId) => `${wizardHref(nodeId)}?step=3`;

export function connectionOrDraftHref(connection) {
  return connection.state === "draft" ? draftHref(connection.node_id) : connectionHref(connection.scim_id);
}
