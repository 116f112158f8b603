-- Scimbox keeps everything in one SQLite file. This is its whole current shape; src/store/sqlite/migrate.rs brings
-- older files here and refuses newer ones. All tables are STRICT. Times are milliseconds since 1970-01-01 UTC.

-- The appliance itself, one row: its enterprise number and the counter that node, connection, user and team numbers
-- are made from (enterprise × 2³² + counter, never reused), the address it was last served at, the key that the
-- cursors of its lists are signed with, and how often access has changed: while that number stays, a token that was
-- looked up once need not be looked up again. `newest_event` is the number of the newest line of the audit log.
-- `first_event` and `first_hash`: the end of the one chain that all lines were in before schema 5, which every chain
-- begins at. `listen_url`: where the running server listens; NULL after a clean stop.
CREATE TABLE appliance (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  enterprise      INTEGER NOT NULL CHECK (enterprise BETWEEN 23284 AND 232829),
  counter         INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
  base_url        TEXT,
  cursor_key      BLOB NOT NULL CHECK (length(cursor_key) = 32),
  access_changes  INTEGER NOT NULL DEFAULT 0,
  newest_event    INTEGER NOT NULL DEFAULT 0,
  first_event     INTEGER NOT NULL DEFAULT 0,
  first_hash      BLOB CHECK (length(first_hash) = 32),
  listen_url      TEXT
) STRICT;

-- The tree of organisational units. Exactly one row has no parent: the root. The three counters are kept by the triggers
-- below, and by what adds users: a list says its total without counting, and knows by `removals` whether its pages have
-- moved. `sandbox`: NULL unless the node is for trying things out; a JSON object with `persona`, `faults` (an array of texts)
-- and `ahead` (seconds).
CREATE TABLE node (
  node_id      INTEGER PRIMARY KEY,
  parent_id    INTEGER REFERENCES node (node_id),
  name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  name_folded  TEXT NOT NULL,
  users        INTEGER NOT NULL DEFAULT 0 CHECK (users >= 0),
  teams        INTEGER NOT NULL DEFAULT 0 CHECK (teams >= 0),
  removals     INTEGER NOT NULL DEFAULT 0,
  sandbox      TEXT CHECK (json_valid(sandbox)),
  CHECK (parent_id IS NOT node_id)
) STRICT;
CREATE UNIQUE INDEX node_root ON node (parent_id IS NULL) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX node_sibling ON node (parent_id, name_folded);

-- A node's SCIM provisioning method: at most one per node, draft → pending → active ⇄ paused, with its settings.
CREATE TABLE connection (
  scim_id           INTEGER PRIMARY KEY,
  node_id           INTEGER NOT NULL UNIQUE REFERENCES node (node_id),
  idp               TEXT NOT NULL,
  preset            TEXT NOT NULL CHECK (preset IN ('keeper', 'rfc')),
  state             TEXT NOT NULL CHECK (state IN ('draft', 'pending', 'active', 'paused')),
  created_at        INTEGER NOT NULL,
  saved_at          INTEGER CHECK ((saved_at IS NULL) = (state = 'draft')),
  draft_expires_at  INTEGER,
  last_synced       INTEGER,
  first_request_at  INTEGER,
  first_write_at    INTEGER,
  deprovision       TEXT NOT NULL CHECK (deprovision IN ('lock', 'delete')),
  email_required    INTEGER NOT NULL CHECK (email_required IN (0, 1)),
  unique_groups     INTEGER NOT NULL CHECK (unique_groups IN (0, 1)),
  approval          TEXT NOT NULL CHECK (approval IN ('manual', 'sign-in', 'automatic')),
  role_prefix       TEXT CHECK (role_prefix <> ''),
  unique_users      TEXT NOT NULL CHECK (unique_users IN ('appliance', 'node')),
  page_size         INTEGER NOT NULL CHECK (page_size BETWEEN 1 AND 10000),
  tolerance         TEXT NOT NULL DEFAULT 'liberal' CHECK (tolerance IN ('liberal', 'strict')),
  announce          TEXT NOT NULL DEFAULT 'full' CHECK (announce IN ('minimal', 'full')),
  paused_at         INTEGER,
  paused_by         TEXT CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
  rate_limit        INTEGER NOT NULL DEFAULT 100000 CHECK (rate_limit BETWEEN 0 AND 1000000),
  capture           TEXT NOT NULL DEFAULT 'metadata' CHECK (capture IN ('off', 'metadata', 'full')),
  allow_from        TEXT CHECK (allow_from <> ''),
  client_cert       TEXT NOT NULL DEFAULT 'server' CHECK (client_cert IN ('server', 'required', 'off')),
  client_cert_names TEXT CHECK (client_cert_names <> '')
) STRICT;

-- What identity providers present, without the secret: its SHA-256 and what may be shown. A token ends by expiry, by a
-- newer one that replaced it (ends_at), or by an administrator (revoked_at).
CREATE TABLE token (
  token_id         TEXT PRIMARY KEY CHECK (length(token_id) = 8),
  scim_id          INTEGER NOT NULL REFERENCES connection (scim_id) ON DELETE CASCADE,
  digest           BLOB NOT NULL CHECK (length(digest) = 32),
  start            TEXT NOT NULL,
  last4            TEXT NOT NULL,
  created_at       INTEGER NOT NULL,
  created_by       TEXT NOT NULL,
  expires_at       INTEGER,
  ends_at          INTEGER,
  revoked_at       INTEGER,
  last_used_at     INTEGER,
  last_used_from   TEXT,
  last_used_agent  TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX token_of_connection ON token (scim_id, created_at);

-- The people of a node. `resource` is the text of the answer without what varies (id, active, groups, meta), so that
-- reading one is a look-up and a splice; filters that no index answers read it as JSON. A user name is unique in its node;
-- `scope` is 0 when it must be unique in the whole appliance, else the node. `scim_id` names the connection that controls
-- the user and may outlive it: a user whose connection is gone counts as made by hand. `name_is_email`: one of the
-- addresses is the user name, and the index of names finds it. `locked_at` and `locked_by`: since when and by whom the user
-- is locked, as long as it is. `uninvited`: the user came locked and is invited once it is unlocked.
--
-- Each index is one more place that a new user is written to, and that is what a new user costs: so there is none that
-- another one, or the number of the row that every index ends with, can stand for.
CREATE TABLE user (
  user_id              INTEGER PRIMARY KEY,
  node_id              INTEGER NOT NULL REFERENCES node (node_id),
  scim_id              INTEGER,
  scope                INTEGER NOT NULL CHECK (scope IN (0, node_id)),
  user_name            TEXT NOT NULL CHECK (user_name <> ''),
  user_name_folded     TEXT NOT NULL,
  external_id          TEXT,
  display_name         TEXT,
  display_name_folded  TEXT,
  state                TEXT NOT NULL CHECK (state IN ('invited', 'active')),
  lock                 TEXT NOT NULL CHECK (lock IN ('none', 'idp', 'admin')),
  resource             TEXT NOT NULL,
  version              INTEGER NOT NULL,
  created_at           INTEGER NOT NULL,
  modified_at          INTEGER NOT NULL CHECK (modified_at >= created_at),
  name_is_email        INTEGER NOT NULL DEFAULT 0 CHECK (name_is_email IN (0, 1)),
  locked_at            INTEGER,
  locked_by            TEXT CHECK ((locked_at IS NULL) = (locked_by IS NULL)),
  uninvited            INTEGER NOT NULL DEFAULT 0 CHECK (uninvited IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX user_name ON user (user_name_folded) WHERE scope = 0;
CREATE UNIQUE INDEX user_node_name ON user (node_id, user_name_folded);
CREATE INDEX user_of_node ON user (node_id);
CREATE INDEX user_external ON user (node_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX user_display ON user (node_id, display_name_folded) WHERE display_name_folded IS NOT NULL;

-- The folded e-mail addresses of each user, to find a user by any of them; see also `name_is_email`. Which ones a user has
-- is read in its resource, so nothing here refers to the user.
CREATE TABLE user_email (
  node_id  INTEGER NOT NULL,
  email    TEXT NOT NULL,
  user_id  INTEGER NOT NULL,
  PRIMARY KEY (node_id, email, user_id)
) STRICT, WITHOUT ROWID;

-- Teams, groups on the wire. `team_key` is the order of creation; `team_id` is what the wire shows. `resource` as
-- for users, without id, members and meta. `members` counts the memberships, pending ones included. A pending team that
-- was rejected keeps the reason; it stays on the wire and out of the queue. The three restrictions are kept for those who
-- read them.
CREATE TABLE team (
  team_key     INTEGER PRIMARY KEY,
  team_id      BLOB NOT NULL UNIQUE CHECK (length(team_id) = 16),
  node_id      INTEGER NOT NULL REFERENCES node (node_id),
  scim_id      INTEGER,
  state        TEXT NOT NULL CHECK (state IN ('pending', 'approved')),
  name         TEXT NOT NULL CHECK (name <> ''),
  name_folded  TEXT NOT NULL,
  external_id  TEXT,
  resource     TEXT NOT NULL,
  members      INTEGER NOT NULL DEFAULT 0 CHECK (members >= 0),
  version      INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  modified_at  INTEGER NOT NULL CHECK (modified_at >= created_at),
  rejection       TEXT,
  restrict_share  INTEGER NOT NULL DEFAULT 0 CHECK (restrict_share IN (0, 1)),
  restrict_edit   INTEGER NOT NULL DEFAULT 0 CHECK (restrict_edit IN (0, 1)),
  restrict_view   INTEGER NOT NULL DEFAULT 0 CHECK (restrict_view IN (0, 1))
) STRICT;
CREATE INDEX team_of_node ON team (node_id, team_key);
CREATE INDEX team_name ON team (node_id, name_folded);
CREATE INDEX team_pending ON team (node_id) WHERE state = 'pending';
CREATE INDEX team_external ON team (node_id, external_id) WHERE external_id IS NOT NULL;

-- A user in a team, pending or approved, indexed both ways: one membership costs the same in a team of ten and of a million.
-- A granted one has been decided and becomes approved by itself once the team is approved and the user has joined and is
-- not locked; a rejected one keeps the reason and stays pending.
CREATE TABLE membership (
  team_key    INTEGER NOT NULL REFERENCES team (team_key),
  user_id     INTEGER NOT NULL REFERENCES user (user_id),
  state       TEXT NOT NULL CHECK (state IN ('pending', 'approved')),
  created_at  INTEGER NOT NULL,
  granted     INTEGER NOT NULL DEFAULT 0 CHECK (granted IN (0, 1)),
  rejection   TEXT,
  PRIMARY KEY (team_key, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_of_user ON membership (user_id, team_key);
CREATE INDEX membership_pending ON membership (team_key) WHERE state = 'pending';

-- Who may sign in to the console. Passwords are argon2id.
CREATE TABLE admin (
  admin_id      INTEGER PRIMARY KEY,
  email         TEXT NOT NULL,
  email_folded  TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  password      TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
  created_at    INTEGER NOT NULL,
  role          TEXT NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'administrator', 'auditor'))
) STRICT;

-- The set-up link that is out while there is no administrator, by its hash: one at most.
CREATE TABLE setup_link (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  digest      BLOB NOT NULL CHECK (length(digest) = 32),
  expires_at  INTEGER NOT NULL
) STRICT;

-- Links by which administrators set a new password, by their hash: one at most for each.
CREATE TABLE reset_link (
  admin_id    INTEGER PRIMARY KEY REFERENCES admin (admin_id) ON DELETE CASCADE,
  digest      BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  expires_at  INTEGER NOT NULL
) STRICT;

-- Browsers that are signed in, by the hash of their cookie's secret. `proved_at`: when the password was last given there. `address` and
-- `client`: where it was opened, and what the browser calls itself.
CREATE TABLE session (
  digest      BLOB PRIMARY KEY CHECK (length(digest) = 32),
  admin_id    INTEGER NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE,
  seen_at     INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  remembered  INTEGER NOT NULL CHECK (remembered IN (0, 1)),
  proved_at   INTEGER NOT NULL,
  address     TEXT NOT NULL DEFAULT '',
  client      TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_admin ON session (admin_id);

-- Browsers that an administrator has signed in from, by the hash of a cookie that outlives the session. Their failed
-- sign-ins are counted apart from everybody else's.
CREATE TABLE device (
  digest    BLOB PRIMARY KEY CHECK (length(digest) = 32),
  admin_id  INTEGER NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE,
  used_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_of_admin ON device (admin_id, used_at);

-- Second factors of administrators: the secret of their codes (RFC 6238), sealed with the key in `scimbox.key`. `is_on`: a first
-- code was given. `last_step`: the period of the last code, which works once.
CREATE TABLE second_factor (
  admin_id    INTEGER PRIMARY KEY REFERENCES admin (admin_id) ON DELETE CASCADE,
  secret      BLOB NOT NULL,
  is_on       INTEGER NOT NULL CHECK (is_on IN (0, 1)),
  last_step   INTEGER NOT NULL
) STRICT;

-- What opens the door when the device is lost, by its hash; each works once.
CREATE TABLE recovery_code (
  digest    BLOB PRIMARY KEY CHECK (length(digest) = 32),
  admin_id  INTEGER NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_code_of_admin ON recovery_code (admin_id);

-- Failed sign-ins that are not forgotten yet. A subject is a network, an account in a network (16 bits of a keyed hash, so
-- that a password typed into the wrong field cannot be read here), a device, a session, or everybody.
CREATE TABLE delay (
  subject   TEXT PRIMARY KEY,
  failures  INTEGER NOT NULL CHECK (failures > 0),
  last_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The invitation of a user, and the mail that brings it: one row each, which a new invitation replaces. The secret of the
-- link is made when the mail is written; only its hash is kept. `kept` means that no mail server was set when the user
-- came: no mail goes out, the outbox shows it. Until something happens to it, such an invitation has no row.
-- `failed` with `sent_at` means that the mail was handed over and nobody knows whether it arrived.
CREATE TABLE invitation (
  user_id      INTEGER PRIMARY KEY REFERENCES user (user_id) ON DELETE CASCADE,
  serial       INTEGER NOT NULL,
  mail         TEXT NOT NULL CHECK (mail IN ('waiting', 'sending', 'sent', 'kept', 'failed')),
  created_at   INTEGER NOT NULL,
  next_try_at  INTEGER NOT NULL,
  tries        INTEGER NOT NULL DEFAULT 0,
  error        TEXT,
  sent_at      INTEGER,
  digest       BLOB CHECK (length(digest) = 32),
  expires_at   INTEGER,
  answer       TEXT CHECK (answer IN ('accepted', 'declined', 'revoked')),
  answered_at  INTEGER
) STRICT;
CREATE INDEX invitation_waiting ON invitation (next_try_at) WHERE mail IN ('waiting', 'sending');

-- The audit log. Each node has a chain of its own, the appliance has chain 0: `hash` is SHA-256 over the hash of the row
-- before it in its chain, its number, its serial and its content. `serial` counts the rows of a chain from 1, so that none
-- has two successors. Rows of before schema 5 have neither: they are one chain. `before` and `after` are JSON objects of what
-- changed. Rows leave from the old end only, and the newest stays.
CREATE TABLE event (
  event_id    INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  event       TEXT NOT NULL,
  actor       TEXT NOT NULL,
  address     TEXT,
  request_id  TEXT,
  node_id     INTEGER,
  user_id     INTEGER,
  team_id     TEXT,
  object      TEXT,
  before      TEXT,
  after       TEXT,
  hash        BLOB NOT NULL CHECK (length(hash) = 32),
  chain       INTEGER,
  serial      INTEGER CHECK ((serial IS NULL) = (chain IS NULL))
) STRICT;
CREATE UNIQUE INDEX event_of_chain ON event (chain, serial) WHERE chain IS NOT NULL;
CREATE INDEX event_of_user ON event (user_id) WHERE user_id IS NOT NULL;

-- The end of each chain, outside the log, so that a chain that was cut or emptied is noticed; and where it begins since old
-- rows left. The row of a node outlives the node.
CREATE TABLE audit_chain (
  chain          INTEGER PRIMARY KEY,
  event_id       INTEGER NOT NULL,
  serial         INTEGER NOT NULL CHECK (serial > 0),
  hash           BLOB NOT NULL CHECK (length(hash) = 32),
  pruned_serial  INTEGER NOT NULL DEFAULT 0,
  pruned_hash    BLOB CHECK (length(pruned_hash) = 32)
) STRICT;

-- Work in the background, with how far it has come: a batch and its progress are one transaction, so that a job goes on
-- where it was after a restart. `after_team` and `after_user` are where the next batch begins.
CREATE TABLE job (
  job_id       INTEGER PRIMARY KEY,
  kind         TEXT NOT NULL CHECK (kind IN ('full_sync', 'sign_in_sync')),
  state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'stopped', 'done', 'failed')),
  node_id      INTEGER,
  created_by   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  started_at   INTEGER,
  finished_at  INTEGER,
  total        INTEGER NOT NULL,
  done         INTEGER NOT NULL DEFAULT 0,
  teams        INTEGER NOT NULL DEFAULT 0,
  approved     INTEGER NOT NULL DEFAULT 0,
  waiting      INTEGER NOT NULL DEFAULT 0,
  after_team   INTEGER NOT NULL DEFAULT 0,
  after_user   INTEGER NOT NULL DEFAULT 0,
  current      TEXT,
  error        TEXT
) STRICT;
CREATE INDEX job_open ON job (job_id) WHERE state IN ('queued', 'running');

-- Keys for automation on the admin API, without the secret. Never valid at the SCIM endpoint. A key ends with the
-- administrator who made it. `nodes`: the only ones it may touch, with commas between; NULL for all.
CREATE TABLE api_key (
  key_id        TEXT PRIMARY KEY CHECK (length(key_id) = 8),
  name          TEXT NOT NULL,
  scope         TEXT NOT NULL CHECK (scope IN ('read', 'write', 'full')),
  digest        BLOB NOT NULL CHECK (length(digest) = 32),
  start         TEXT NOT NULL,
  last4         TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  created_by    TEXT NOT NULL,
  admin_id      INTEGER REFERENCES admin (admin_id) ON DELETE SET NULL,
  nodes         TEXT,
  expires_at    INTEGER,
  revoked_at    INTEGER,
  last_used_at  INTEGER,
  allow_from    TEXT CHECK (allow_from <> '')
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_of_admin ON api_key (admin_id);

-- Settings of the appliance that are not at their default.
CREATE TABLE setting (
  name   TEXT PRIMARY KEY,
  value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Named configurations of SCIM push. `groups`, `ad_urls` and `protect` are JSON arrays of texts. `target` is a connection of
-- this appliance and may outlive it; otherwise `target_url` is the address of a SCIM service. The two secrets are sealed with
-- the key file beside this one, and with what they are and whose, so none can be opened in another's place.
CREATE TABLE push_record (
  record_id                    INTEGER PRIMARY KEY,
  name                         TEXT NOT NULL,
  name_folded                  TEXT NOT NULL UNIQUE,
  source                       TEXT NOT NULL CHECK (source IN ('google', 'ad', 'file')),
  groups                       TEXT NOT NULL,
  login                        TEXT,
  google_token_url             TEXT,
  google_api_url               TEXT,
  ad_urls                      TEXT,
  ad_user                      TEXT,
  ca                           TEXT,
  plain                        INTEGER CHECK (plain IN (0, 1)),
  schema                       TEXT CHECK (schema IN ('ad', 'openldap')),
  base_dn                      TEXT,
  filter                       TEXT,
  path                         TEXT,
  target                       INTEGER,
  target_url                   TEXT CHECK ((target IS NULL) <> (target_url IS NULL)),
  target_ca                    TEXT,
  destructive                  INTEGER NOT NULL CHECK (destructive BETWEEN -1 AND 1),
  missing                      TEXT NOT NULL CHECK (missing IN ('lock', 'delete')),
  auto_approve                 INTEGER NOT NULL CHECK (auto_approve IN (0, 1)),
  verbose                      INTEGER NOT NULL CHECK (verbose IN (0, 1)),
  protect                      TEXT NOT NULL,
  max_users_removed            INTEGER NOT NULL,
  max_users_removed_percent    INTEGER NOT NULL,
  max_groups_deleted           INTEGER NOT NULL,
  max_groups_deleted_percent   INTEGER NOT NULL,
  max_members_removed          INTEGER NOT NULL,
  max_members_removed_percent  INTEGER NOT NULL,
  max_shrink_percent           INTEGER NOT NULL,
  concurrency                  INTEGER NOT NULL CHECK (concurrency BETWEEN 1 AND 16),
  bulk                         INTEGER NOT NULL DEFAULT 1 CHECK (bulk IN (0, 1)),
  cron                         TEXT,
  time_zone                    TEXT CHECK ((cron IS NULL) = (time_zone IS NULL)),
  scheduled                    INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1)),
  next_at                      INTEGER,
  confirmed_at                 INTEGER,
  people                       INTEGER,
  compared_at                  INTEGER,
  compared_mark                TEXT CHECK ((compared_mark IS NULL) = (compared_at IS NULL)),
  created_at                   INTEGER NOT NULL,
  created_by                   TEXT NOT NULL,
  modified_at                  INTEGER NOT NULL,
  source_secret                BLOB,
  target_token                 BLOB
) STRICT;

-- Runs of SCIM push, the newest hundred of each record. `target` names the lock that a run holds while it works. `outcome`
-- and `plan` are JSON; only the newest preview of a record keeps its plan, and `plan_of` is the preview whose plan is allowed.
CREATE TABLE push_run (
  run_id               INTEGER PRIMARY KEY AUTOINCREMENT,
  record_id            INTEGER NOT NULL REFERENCES push_record (record_id) ON DELETE CASCADE,
  record_name          TEXT NOT NULL,
  kind                 TEXT NOT NULL CHECK (kind IN ('check', 'preview', 'run')),
  began_by             TEXT NOT NULL CHECK (began_by IN ('cli', 'console', 'schedule')),
  state                TEXT NOT NULL CHECK (
    state IN ('queued', 'running', 'done', 'done_with_errors', 'safe_mode', 'stopped', 'failed')),
  reason               TEXT,
  target               TEXT NOT NULL,
  plan_of              INTEGER,
  created_by           TEXT NOT NULL,
  created_at           INTEGER NOT NULL,
  started_at           INTEGER,
  finished_at          INTEGER,
  phase                TEXT,
  done                 INTEGER NOT NULL DEFAULT 0,
  total                INTEGER,
  users_created        INTEGER NOT NULL DEFAULT 0,
  users_updated        INTEGER NOT NULL DEFAULT 0,
  users_locked         INTEGER NOT NULL DEFAULT 0,
  users_unlocked       INTEGER NOT NULL DEFAULT 0,
  users_deleted        INTEGER NOT NULL DEFAULT 0,
  groups_created       INTEGER NOT NULL DEFAULT 0,
  groups_updated       INTEGER NOT NULL DEFAULT 0,
  groups_deleted       INTEGER NOT NULL DEFAULT 0,
  memberships_added    INTEGER NOT NULL DEFAULT 0,
  memberships_removed  INTEGER NOT NULL DEFAULT 0,
  refused              INTEGER NOT NULL DEFAULT 0,
  requests             INTEGER NOT NULL DEFAULT 0,
  cancel_requested     INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
  outcome              TEXT,
  plan                 TEXT
) STRICT;
CREATE INDEX push_run_of_record ON push_run (record_id, run_id);
CREATE INDEX push_run_open ON push_run (run_id) WHERE state IN ('queued', 'running');

-- What a run has told, in parts.
CREATE TABLE push_log (
  run_id  INTEGER NOT NULL REFERENCES push_run (run_id) ON DELETE CASCADE,
  part    INTEGER NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (run_id, part)
) STRICT, WITHOUT ROWID;

-- Requests to the SCIM endpoint, for the inspector: how many are kept says docs/requests.md. `noise`: no client of a connection
-- sent it, so it is in a ring of its own. `path` is below the base URL of the node. `words` is what a search looks through, folded;
-- `arguments` are the words that `summary` is made with, JSON. `bytes`: what the row and its text take, about.
CREATE TABLE exchange (
  exchange_id    INTEGER PRIMARY KEY,
  request_id     TEXT NOT NULL,
  at             INTEGER NOT NULL,
  scim_id        INTEGER,
  node_id        INTEGER,
  noise          INTEGER NOT NULL CHECK (noise IN (0, 1)),
  method         TEXT NOT NULL,
  path           TEXT NOT NULL,
  query          TEXT NOT NULL,
  status         INTEGER NOT NULL,
  micros         INTEGER NOT NULL,
  request_size   INTEGER NOT NULL,
  answer_size    INTEGER NOT NULL,
  client         TEXT NOT NULL,
  agent          TEXT,
  address        TEXT NOT NULL,
  code           TEXT,
  token_tail     TEXT,
  detail         TEXT,
  conflict_name  TEXT,
  conflict_user  INTEGER,
  relaxations    TEXT NOT NULL,
  kind           TEXT,
  subject_id     TEXT,
  subject        TEXT,
  summary        TEXT NOT NULL,
  summary_code   TEXT NOT NULL,
  arguments      TEXT NOT NULL,
  words          TEXT NOT NULL,
  bytes          INTEGER NOT NULL
) STRICT;
CREATE INDEX exchange_request ON exchange (request_id);
CREATE INDEX exchange_of_node ON exchange (node_id, exchange_id);
CREATE INDEX exchange_noise ON exchange (exchange_id) WHERE noise = 1;

-- What is kept of an exchange beyond its line, where its connection wants it: headers as JSON, bodies as they were but for secrets,
-- and what it changed, JSON.
CREATE TABLE exchange_text (
  exchange_id      INTEGER PRIMARY KEY REFERENCES exchange (exchange_id) ON DELETE CASCADE,
  request_headers  TEXT NOT NULL,
  request_body     TEXT,
  answer_headers   TEXT NOT NULL,
  answer_body      TEXT,
  effect           TEXT NOT NULL
) STRICT;

CREATE TRIGGER token_ended AFTER UPDATE OF expires_at, ends_at, revoked_at ON token BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
CREATE TRIGGER token_removed AFTER DELETE ON token BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
-- The columns that are left out say when a connection was used, which is no change of access.
CREATE TRIGGER connection_changed
AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
  role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit,
  capture, allow_from, client_cert, client_cert_names ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
CREATE TRIGGER sandbox_changed AFTER UPDATE OF sandbox ON node BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
CREATE TRIGGER connection_removed AFTER DELETE ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
-- Users that are added are counted once for all that are committed together: a trigger would make SQLite copy every page
-- aside that the INSERT touches, on the product's most frequent write.
CREATE TRIGGER user_removed AFTER DELETE ON user BEGIN
  UPDATE node SET users = users - 1, removals = removals + 1 WHERE node_id = old.node_id;
END;
CREATE TRIGGER user_moved AFTER UPDATE OF node_id ON user WHEN new.node_id <> old.node_id BEGIN
  UPDATE node SET users = users - 1, removals = removals + 1 WHERE node_id = old.node_id;
  UPDATE node SET users = users + 1, removals = removals + 1 WHERE node_id = new.node_id;
END;
CREATE TRIGGER team_added AFTER INSERT ON team BEGIN
  UPDATE node SET teams = teams + 1 WHERE node_id = new.node_id;
END;
CREATE TRIGGER team_removed AFTER DELETE ON team BEGIN
  UPDATE node SET teams = teams - 1, removals = removals + 1 WHERE node_id = old.node_id;
END;
