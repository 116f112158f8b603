// The pages of the menu, in its order: address, icon, name, and the letter that leads there after "g".
export const PAGES = [
  [null, [["/ui/", "overview", "overview", "o"]]],
  [
    "nav.organisation",
    [
      ["/ui/nodes", "nodes", "nodes", "n"],
      ["/ui/users", "users", "users", "u"],
      ["/ui/teams", "teams", "teams", "t"],
      ["/ui/approvals", "approvals", "approvals", "a"],
      ["/ui/outbox", "outbox", "outbox", "m"],
    ],
  ],
  [
    "nav.provisioning",
    [
      ["/ui/connections", "plug", "connections", "c"],
      ["/ui/requests", "requests", "requests", "r"],
      ["/ui/push", "push", "push", "p"],
    ],
  ],
  [
    "nav.system",
    [
      ["/ui/audit", "audit", "audit", "l"],
      ["/ui/backups", "archive", "backups", "b"],
      ["/ui/administrators", "admins", "administrators", "d"],
      ["/ui/api-keys", "key", "api-keys", "k"],
      ["/ui/api", "code", "api", "i"],
      ["/ui/settings", "settings", "settings", "s"],
      ["/ui/diagnostics", "check", "diagnostics", "x"],
    ],
  ],
];

export const ALL_PAGES = PAGES.flatMap(([, pages]) => pages);
