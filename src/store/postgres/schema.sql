-- Scimbox on PostgreSQL: the whole current shape; migrate.rs brings an older one here and refuses a newer one. The tables
-- are those of schema.sql at the root of the sources, which says what is in them. Every text is ordered by its bytes, and
-- times are milliseconds since 1970-01-01 UTC.

-- The version of this shape, one row.
CREATE TABLE scimbox_schema (
  one      BIGINT PRIMARY KEY CHECK (one = 1),
  version  BIGINT NOT NULL
);

-- Numbers of nodes, connections, users and teams: enterprise × 2³² + one of these. They are taken under the lock of the node
-- that they are for, so within a node they ascend as readers see them. Gaps are harmless.
CREATE SEQUENCE number MINVALUE 1 MAXVALUE 4294967295 START 2;
-- Numbers of events. They are taken by several writers at once, so a smaller one may appear later.
CREATE SEQUENCE event_number;

CREATE TABLE appliance (
  one             BIGINT PRIMARY KEY CHECK (one = 1),
  enterprise      BIGINT NOT NULL CHECK (enterprise BETWEEN 23284 AND 232829),
  base_url        TEXT COLLATE "C",
  cursor_key      BYTEA NOT NULL CHECK (length(cursor_key) = 32),
  access_changes  BIGINT NOT NULL DEFAULT 0,
  first_event     BIGINT NOT NULL DEFAULT 0,
  first_hash      BYTEA CHECK (length(first_hash) = 32),
  listen_url      TEXT COLLATE "C"
);

CREATE TABLE node (
  node_id      BIGINT PRIMARY KEY,
  parent_id    BIGINT REFERENCES node (node_id),
  name         TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  name_folded  TEXT COLLATE "C" NOT NULL,
  users        BIGINT NOT NULL DEFAULT 0 CHECK (users >= 0),
  teams        BIGINT NOT NULL DEFAULT 0 CHECK (teams >= 0),
  removals     BIGINT NOT NULL DEFAULT 0,
  sandbox      TEXT COLLATE "C",
  CHECK (parent_id IS DISTINCT FROM node_id)
);
CREATE UNIQUE INDEX node_root ON node ((parent_id IS NULL)) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX node_sibling ON node (parent_id, name_folded);

CREATE TABLE connection (
  scim_id           BIGINT PRIMARY KEY,
  node_id           BIGINT NOT NULL UNIQUE REFERENCES node (node_id),
  idp               TEXT COLLATE "C" NOT NULL,
  preset            TEXT COLLATE "C" NOT NULL CHECK (preset IN ('keeper', 'rfc')),
  state             TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'pending', 'active', 'paused')),
  created_at        BIGINT NOT NULL,
  saved_at          BIGINT CHECK ((saved_at IS NULL) = (state = 'draft')),
  draft_expires_at  BIGINT,
  last_synced       BIGINT,
  first_request_at  BIGINT,
  first_write_at    BIGINT,
  deprovision       TEXT COLLATE "C" NOT NULL CHECK (deprovision IN ('lock', 'delete')),
  email_required    BOOLEAN NOT NULL,
  unique_groups     BOOLEAN NOT NULL,
  approval          TEXT COLLATE "C" NOT NULL CHECK (approval IN ('manual', 'sign-in', 'automatic')),
  role_prefix       TEXT COLLATE "C" CHECK (role_prefix <> ''),
  unique_users      TEXT COLLATE "C" NOT NULL CHECK (unique_users IN ('appliance', 'node')),
  page_size         BIGINT NOT NULL CHECK (page_size BETWEEN 1 AND 10000),
  tolerance         TEXT COLLATE "C" NOT NULL DEFAULT 'liberal' CHECK (tolerance IN ('liberal', 'strict')),
  announce          TEXT COLLATE "C" NOT NULL DEFAULT 'full' CHECK (announce IN ('minimal', 'full')),
  paused_at         BIGINT,
  paused_by         TEXT COLLATE "C" CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
  rate_limit        BIGINT NOT NULL DEFAULT 100000 CHECK (rate_limit BETWEEN 0 AND 1000000),
  capture           TEXT COLLATE "C" NOT NULL DEFAULT 'metadata' CHECK (capture IN ('off', 'metadata', 'full')),
  allow_from        TEXT COLLATE "C" CHECK (allow_from <> ''),
  client_cert       TEXT COLLATE "C" NOT NULL DEFAULT 'server' CHECK (client_cert IN ('server', 'required', 'off')),
  client_cert_names TEXT COLLATE "C" CHECK (client_cert_names <> '')
);

CREATE TABLE token (
  token_id         TEXT COLLATE "C" PRIMARY KEY CHECK (length(token_id) = 8),
  scim_id          BIGINT NOT NULL REFERENCES connection (scim_id) ON DELETE CASCADE,
  digest           BYTEA NOT NULL CHECK (length(digest) = 32),
  start            TEXT COLLATE "C" NOT NULL,
  last4            TEXT COLLATE "C" NOT NULL,
  created_at       BIGINT NOT NULL,
  created_by       TEXT COLLATE "C" NOT NULL,
  expires_at       BIGINT,
  ends_at          BIGINT,
  revoked_at       BIGINT,
  last_used_at     BIGINT,
  last_used_from   TEXT COLLATE "C",
  last_used_agent  TEXT COLLATE "C"
);
CREATE INDEX token_of_connection ON token (scim_id, created_at);

CREATE TABLE "user" (
  user_id              BIGINT PRIMARY KEY,
  node_id              BIGINT NOT NULL REFERENCES node (node_id),
  scim_id              BIGINT,
  scope                BIGINT NOT NULL CHECK (scope IN (0, node_id)),
  user_name            TEXT COLLATE "C" NOT NULL CHECK (user_name <> ''),
  user_name_folded     TEXT COLLATE "C" NOT NULL,
  external_id          TEXT COLLATE "C",
  display_name         TEXT COLLATE "C",
  display_name_folded  TEXT COLLATE "C",
  state                TEXT COLLATE "C" NOT NULL CHECK (state IN ('invited', 'active')),
  lock                 TEXT COLLATE "C" NOT NULL CHECK (lock IN ('none', 'idp', 'admin')),
  resource             TEXT COLLATE "C" NOT NULL,
  version              BIGINT NOT NULL,
  created_at           BIGINT NOT NULL,
  modified_at          BIGINT NOT NULL CHECK (modified_at >= created_at),
  name_is_email        BOOLEAN NOT NULL DEFAULT FALSE,
  locked_at            BIGINT,
  locked_by            TEXT COLLATE "C" CHECK ((locked_at IS NULL) = (locked_by IS NULL)),
  uninvited            BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX user_name ON "user" (user_name_folded) WHERE scope = 0;
CREATE UNIQUE INDEX user_node_name ON "user" (node_id, user_name_folded);
CREATE INDEX user_of_node ON "user" (node_id, user_id);
CREATE INDEX user_external ON "user" (node_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX user_display ON "user" (node_id, display_name_folded) WHERE display_name_folded IS NOT NULL;

CREATE TABLE user_email (
  node_id  BIGINT NOT NULL,
  email    TEXT COLLATE "C" NOT NULL,
  user_id  BIGINT NOT NULL,
  PRIMARY KEY (node_id, email, user_id)
);

CREATE TABLE team (
  team_key     BIGINT PRIMARY KEY,
  team_id      BYTEA NOT NULL UNIQUE CHECK (length(team_id) = 16),
  node_id      BIGINT NOT NULL REFERENCES node (node_id),
  scim_id      BIGINT,
  state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'approved')),
  name         TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
  name_folded  TEXT COLLATE "C" NOT NULL,
  external_id  TEXT COLLATE "C",
  resource     TEXT COLLATE "C" NOT NULL,
  members      BIGINT NOT NULL DEFAULT 0 CHECK (members >= 0),
  version      BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  modified_at  BIGINT NOT NULL CHECK (modified_at >= created_at),
  rejection       TEXT COLLATE "C",
  restrict_share  BOOLEAN NOT NULL DEFAULT FALSE,
  restrict_edit   BOOLEAN NOT NULL DEFAULT FALSE,
  restrict_view   BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX team_of_node ON team (node_id, team_key);
CREATE INDEX team_name ON team (node_id, name_folded);
CREATE INDEX team_pending ON team (node_id) WHERE state = 'pending';
CREATE INDEX team_external ON team (node_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE membership (
  team_key    BIGINT NOT NULL REFERENCES team (team_key),
  user_id     BIGINT NOT NULL REFERENCES "user" (user_id),
  state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'approved')),
  created_at  BIGINT NOT NULL,
  granted     BOOLEAN NOT NULL DEFAULT FALSE,
  rejection   TEXT COLLATE "C",
  PRIMARY KEY (team_key, user_id)
);
CREATE INDEX membership_of_user ON membership (user_id, team_key);
CREATE INDEX membership_pending ON membership (team_key) WHERE state = 'pending';

CREATE TABLE admin (
  admin_id      BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  email         TEXT COLLATE "C" NOT NULL,
  email_folded  TEXT COLLATE "C" NOT NULL UNIQUE,
  name          TEXT COLLATE "C" NOT NULL,
  password      TEXT COLLATE "C" NOT NULL CHECK (password LIKE '$argon2id$%'),
  created_at    BIGINT NOT NULL,
  role          TEXT COLLATE "C" NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'administrator', 'auditor'))
);

CREATE TABLE setup_link (
  one         BIGINT PRIMARY KEY CHECK (one = 1),
  digest      BYTEA NOT NULL CHECK (length(digest) = 32),
  expires_at  BIGINT NOT NULL
);

CREATE TABLE reset_link (
  admin_id    BIGINT PRIMARY KEY REFERENCES admin (admin_id) ON DELETE CASCADE,
  digest      BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
  expires_at  BIGINT NOT NULL
);

CREATE TABLE session (
  digest      BYTEA PRIMARY KEY CHECK (length(digest) = 32),
  admin_id    BIGINT NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE,
  seen_at     BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  remembered  BOOLEAN NOT NULL,
  proved_at   BIGINT NOT NULL,
  address     TEXT COLLATE "C" NOT NULL DEFAULT '',
  client      TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX session_of_admin ON session (admin_id);

CREATE TABLE device (
  digest    BYTEA PRIMARY KEY CHECK (length(digest) = 32),
  admin_id  BIGINT NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE,
  used_at   BIGINT NOT NULL
);
CREATE INDEX device_of_admin ON device (admin_id, used_at);

CREATE TABLE second_factor (
  admin_id    BIGINT PRIMARY KEY REFERENCES admin (admin_id) ON DELETE CASCADE,
  secret      BYTEA NOT NULL,
  is_on       BOOLEAN NOT NULL,
  last_step   BIGINT NOT NULL
);

CREATE TABLE recovery_code (
  digest    BYTEA PRIMARY KEY CHECK (length(digest) = 32),
  admin_id  BIGINT NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE
);
CREATE INDEX recovery_code_of_admin ON recovery_code (admin_id);

CREATE TABLE delay (
  subject   TEXT COLLATE "C" PRIMARY KEY,
  failures  BIGINT NOT NULL CHECK (failures > 0),
  last_at   BIGINT NOT NULL
);

CREATE TABLE invitation (
  user_id      BIGINT PRIMARY KEY REFERENCES "user" (user_id) ON DELETE CASCADE,
  serial       BIGINT NOT NULL,
  mail         TEXT COLLATE "C" NOT NULL CHECK (mail IN ('waiting', 'sending', 'sent', 'kept', 'failed')),
  created_at   BIGINT NOT NULL,
  next_try_at  BIGINT NOT NULL,
  tries        BIGINT NOT NULL DEFAULT 0,
  error        TEXT COLLATE "C",
  sent_at      BIGINT,
  digest       BYTEA CHECK (length(digest) = 32),
  expires_at   BIGINT,
  answer       TEXT COLLATE "C" CHECK (answer IN ('accepted', 'declined', 'revoked')),
  answered_at  BIGINT
);
CREATE INDEX invitation_waiting ON invitation (next_try_at) WHERE mail IN ('waiting', 'sending');

CREATE TABLE event (
  event_id    BIGINT PRIMARY KEY,
  at          BIGINT NOT NULL,
  event       TEXT COLLATE "C" NOT NULL,
  actor       TEXT COLLATE "C" NOT NULL,
  address     TEXT COLLATE "C",
  request_id  TEXT COLLATE "C",
  node_id     BIGINT,
  user_id     BIGINT,
  team_id     TEXT COLLATE "C",
  object      TEXT COLLATE "C",
  before      TEXT COLLATE "C",
  after       TEXT COLLATE "C",
  hash        BYTEA NOT NULL CHECK (length(hash) = 32),
  chain       BIGINT,
  serial      BIGINT CHECK ((serial IS NULL) = (chain IS NULL))
);
CREATE UNIQUE INDEX event_of_chain ON event (chain, serial) WHERE chain IS NOT NULL;
CREATE INDEX event_of_user ON event (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE audit_chain (
  chain          BIGINT PRIMARY KEY,
  event_id       BIGINT NOT NULL,
  serial         BIGINT NOT NULL CHECK (serial > 0),
  hash           BYTEA NOT NULL CHECK (length(hash) = 32),
  pruned_serial  BIGINT NOT NULL DEFAULT 0,
  pruned_hash    BYTEA CHECK (length(pruned_hash) = 32)
);

CREATE TABLE job (
  job_id       BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('full_sync', 'sign_in_sync')),
  state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'stopped', 'done', 'failed')),
  node_id      BIGINT,
  created_by   TEXT COLLATE "C" NOT NULL,
  created_at   BIGINT NOT NULL,
  started_at   BIGINT,
  finished_at  BIGINT,
  total        BIGINT NOT NULL,
  done         BIGINT NOT NULL DEFAULT 0,
  teams        BIGINT NOT NULL DEFAULT 0,
  approved     BIGINT NOT NULL DEFAULT 0,
  waiting      BIGINT NOT NULL DEFAULT 0,
  after_team   BIGINT NOT NULL DEFAULT 0,
  after_user   BIGINT NOT NULL DEFAULT 0,
  current      TEXT COLLATE "C",
  error        TEXT COLLATE "C"
);
CREATE INDEX job_open ON job (job_id) WHERE state IN ('queued', 'running');

CREATE TABLE api_key (
  key_id        TEXT COLLATE "C" PRIMARY KEY CHECK (length(key_id) = 8),
  name          TEXT COLLATE "C" NOT NULL,
  scope         TEXT COLLATE "C" NOT NULL CHECK (scope IN ('read', 'write', 'full')),
  digest        BYTEA NOT NULL CHECK (length(digest) = 32),
  start         TEXT COLLATE "C" NOT NULL,
  last4         TEXT COLLATE "C" NOT NULL,
  created_at    BIGINT NOT NULL,
  created_by    TEXT COLLATE "C" NOT NULL,
  admin_id      BIGINT REFERENCES admin (admin_id) ON DELETE SET NULL,
  nodes         TEXT COLLATE "C",
  expires_at    BIGINT,
  revoked_at    BIGINT,
  last_used_at  BIGINT,
  allow_from    TEXT COLLATE "C" CHECK (allow_from <> '')
);
CREATE INDEX api_key_of_admin ON api_key (admin_id);

CREATE TABLE setting (
  name   TEXT COLLATE "C" PRIMARY KEY,
  value  TEXT COLLATE "C" NOT NULL
);

CREATE TABLE push_record (
  record_id                    BIGINT PRIMARY KEY,
  name                         TEXT COLLATE "C" NOT NULL,
  name_folded                  TEXT COLLATE "C" NOT NULL UNIQUE,
  source                       TEXT COLLATE "C" NOT NULL CHECK (source IN ('google', 'ad', 'file')),
  groups                       TEXT COLLATE "C" NOT NULL,
  login                        TEXT COLLATE "C",
  google_token_url             TEXT COLLATE "C",
  google_api_url               TEXT COLLATE "C",
  ad_urls                      TEXT COLLATE "C",
  ad_user                      TEXT COLLATE "C",
  ca                           TEXT COLLATE "C",
  plain                        BOOLEAN,
  schema                       TEXT COLLATE "C" CHECK (schema IN ('ad', 'openldap')),
  base_dn                      TEXT COLLATE "C",
  filter                       TEXT COLLATE "C",
  path                         TEXT COLLATE "C",
  target                       BIGINT,
  target_url                   TEXT COLLATE "C" CHECK ((target IS NULL) <> (target_url IS NULL)),
  target_ca                    TEXT COLLATE "C",
  destructive                  BIGINT NOT NULL CHECK (destructive BETWEEN -1 AND 1),
  missing                      TEXT COLLATE "C" NOT NULL CHECK (missing IN ('lock', 'delete')),
  auto_approve                 BOOLEAN NOT NULL,
  "verbose"                    BOOLEAN NOT NULL,
  protect                      TEXT COLLATE "C" NOT NULL,
  max_users_removed            BIGINT NOT NULL,
  max_users_removed_percent    BIGINT NOT NULL,
  max_groups_deleted           BIGINT NOT NULL,
  max_groups_deleted_percent   BIGINT NOT NULL,
  max_members_removed          BIGINT NOT NULL,
  max_members_removed_percent  BIGINT NOT NULL,
  max_shrink_percent           BIGINT NOT NULL,
  concurrency                  BIGINT NOT NULL CHECK (concurrency BETWEEN 1 AND 16),
  bulk                         BOOLEAN NOT NULL DEFAULT TRUE,
  cron                         TEXT COLLATE "C",
  time_zone                    TEXT COLLATE "C" CHECK ((cron IS NULL) = (time_zone IS NULL)),
  scheduled                    BOOLEAN NOT NULL DEFAULT FALSE,
  next_at                      BIGINT,
  confirmed_at                 BIGINT,
  people                       BIGINT,
  compared_at                  BIGINT,
  compared_mark                TEXT COLLATE "C" CHECK ((compared_mark IS NULL) = (compared_at IS NULL)),
  created_at                   BIGINT NOT NULL,
  created_by                   TEXT COLLATE "C" NOT NULL,
  modified_at                  BIGINT NOT NULL,
  source_secret                BYTEA,
  target_token                 BYTEA
);

CREATE TABLE push_run (
  run_id               BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  record_id            BIGINT NOT NULL REFERENCES push_record (record_id) ON DELETE CASCADE,
  record_name          TEXT COLLATE "C" NOT NULL,
  kind                 TEXT COLLATE "C" NOT NULL CHECK (kind IN ('check', 'preview', 'run')),
  began_by             TEXT COLLATE "C" NOT NULL CHECK (began_by IN ('cli', 'console', 'schedule')),
  state                TEXT COLLATE "C" NOT NULL CHECK (
    state IN ('queued', 'running', 'done', 'done_with_errors', 'safe_mode', 'stopped', 'failed')),
  reason               TEXT COLLATE "C",
  target               TEXT COLLATE "C" NOT NULL,
  plan_of              BIGINT,
  created_by           TEXT COLLATE "C" NOT NULL,
  created_at           BIGINT NOT NULL,
  started_at           BIGINT,
  finished_at          BIGINT,
  phase                TEXT COLLATE "C",
  done                 BIGINT NOT NULL DEFAULT 0,
  total                BIGINT,
  users_created        BIGINT NOT NULL DEFAULT 0,
  users_updated        BIGINT NOT NULL DEFAULT 0,
  users_locked         BIGINT NOT NULL DEFAULT 0,
  users_unlocked       BIGINT NOT NULL DEFAULT 0,
  users_deleted        BIGINT NOT NULL DEFAULT 0,
  groups_created       BIGINT NOT NULL DEFAULT 0,
  groups_updated       BIGINT NOT NULL DEFAULT 0,
  groups_deleted       BIGINT NOT NULL DEFAULT 0,
  memberships_added    BIGINT NOT NULL DEFAULT 0,
  memberships_removed  BIGINT NOT NULL DEFAULT 0,
  refused              BIGINT NOT NULL DEFAULT 0,
  requests             BIGINT NOT NULL DEFAULT 0,
  cancel_requested     BOOLEAN NOT NULL DEFAULT FALSE,
  outcome              TEXT COLLATE "C",
  plan                 TEXT COLLATE "C"
);
CREATE INDEX push_run_of_record ON push_run (record_id, run_id);
CREATE INDEX push_run_open ON push_run (run_id) WHERE state IN ('queued', 'running');

CREATE TABLE push_log (
  run_id  BIGINT NOT NULL REFERENCES push_run (run_id) ON DELETE CASCADE,
  part    BIGINT NOT NULL,
  text    TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (run_id, part)
);

CREATE TABLE exchange (
  exchange_id    BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  request_id     TEXT COLLATE "C" NOT NULL,
  at             BIGINT NOT NULL,
  scim_id        BIGINT,
  node_id        BIGINT,
  noise          BOOLEAN NOT NULL,
  method         TEXT COLLATE "C" NOT NULL,
  path           TEXT COLLATE "C" NOT NULL,
  query          TEXT COLLATE "C" NOT NULL,
  status         BIGINT NOT NULL,
  micros         BIGINT NOT NULL,
  request_size   BIGINT NOT NULL,
  answer_size    BIGINT NOT NULL,
  client         TEXT COLLATE "C" NOT NULL,
  agent          TEXT COLLATE "C",
  address        TEXT COLLATE "C" NOT NULL,
  code           TEXT COLLATE "C",
  token_tail     TEXT COLLATE "C",
  detail         TEXT COLLATE "C",
  conflict_name  TEXT COLLATE "C",
  conflict_user  BIGINT,
  relaxations    TEXT COLLATE "C" NOT NULL,
  kind           TEXT COLLATE "C",
  subject_id     TEXT COLLATE "C",
  subject        TEXT COLLATE "C",
  summary        TEXT COLLATE "C" NOT NULL,
  summary_code   TEXT COLLATE "C" NOT NULL,
  arguments      TEXT COLLATE "C" NOT NULL,
  words          TEXT COLLATE "C" NOT NULL,
  bytes          BIGINT NOT NULL
);
CREATE INDEX exchange_request ON exchange (request_id);
CREATE INDEX exchange_of_node ON exchange (node_id, exchange_id);
CREATE INDEX exchange_noise ON exchange (exchange_id) WHERE noise;

CREATE TABLE exchange_text (
  exchange_id      BIGINT PRIMARY KEY REFERENCES exchange (exchange_id) ON DELETE CASCADE,
  request_headers  TEXT COLLATE "C" NOT NULL,
  request_body     TEXT COLLATE "C",
  answer_headers   TEXT COLLATE "C" NOT NULL,
  answer_body      TEXT COLLATE "C",
  effect           TEXT COLLATE "C" NOT NULL
);

-- What only one instance may do at a time. `fence` rises with every owner.
CREATE TABLE lease (
  name         TEXT COLLATE "C" PRIMARY KEY,
  owner        TEXT COLLATE "C" NOT NULL,
  fence        BIGINT NOT NULL,
  lease_until  TIMESTAMPTZ NOT NULL
);

-- The last write of each thread that writes, changed in the same transaction: whether a commit was kept whose answer was lost.
CREATE TABLE write_outcome (
  writer  TEXT COLLATE "C" PRIMARY KEY,
  number  BIGINT NOT NULL,
  at      BIGINT NOT NULL
) WITH (fillfactor = 50);

-- What counts: how often access has changed, and how many users and teams a node has and how often some left it.
-- The text of a resource as a value to look into. JSON may hold U+0000, which no value of PostgreSQL can.
CREATE FUNCTION scimbox_json(resource TEXT) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT replace(resource, '\u0000', '\ufffd')::jsonb $$;
-- Of an element, which is one already.
CREATE FUNCTION scimbox_json(element JSONB) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT element $$;

CREATE FUNCTION scimbox_access_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER token_ended AFTER UPDATE OF expires_at, ends_at, revoked_at ON token
  FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();
CREATE TRIGGER token_removed AFTER DELETE ON token FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();
CREATE TRIGGER connection_changed
  AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
    role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit,
    capture, allow_from, client_cert, client_cert_names ON connection FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();
CREATE TRIGGER sandbox_changed AFTER UPDATE OF sandbox ON node
  FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();
CREATE TRIGGER connection_removed AFTER DELETE ON connection FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();

CREATE FUNCTION scimbox_user_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE node SET users = users - 1, removals = removals + 1 WHERE node_id = OLD.node_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE node SET users = users + 1, removals = removals + (TG_OP = 'UPDATE')::int WHERE node_id = NEW.node_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER user_counted AFTER INSERT OR DELETE ON "user" FOR EACH ROW EXECUTE FUNCTION scimbox_user_counted();
CREATE TRIGGER user_moved AFTER UPDATE OF node_id ON "user" FOR EACH ROW WHEN (NEW.node_id <> OLD.node_id)
  EXECUTE FUNCTION scimbox_user_counted();

CREATE FUNCTION scimbox_team_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE node SET teams = teams + 1 WHERE node_id = NEW.node_id;
  ELSE
    UPDATE node SET teams = teams - 1, removals = removals + 1 WHERE node_id = OLD.node_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER team_counted AFTER INSERT OR DELETE ON team FOR EACH ROW EXECUTE FUNCTION scimbox_team_counted();
