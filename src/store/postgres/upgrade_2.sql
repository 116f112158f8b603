-- Connections and keys say where their requests may come from.
ALTER TABLE connection ADD COLUMN allow_from TEXT COLLATE "C" CHECK (allow_from <> '');
ALTER TABLE api_key ADD COLUMN allow_from TEXT COLLATE "C" CHECK (allow_from <> '');
DROP TRIGGER connection_changed ON connection;
CREATE TRIGGER connection_changed
  AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
    role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit,
    capture, allow_from ON connection FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();

-- Links by which administrators set a new password.
CREATE TABLE reset_link (
  admin_id    BIGINT PRIMARY KEY REFERENCES admin (admin_id) ON DELETE CASCADE,
  digest      BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
  expires_at  BIGINT NOT NULL
);

-- The last write of each thread that writes, changed in the same transaction: whether a commit was kept whose answer was lost.
CREATE TABLE write_outcome (
  writer  TEXT COLLATE "C" PRIMARY KEY,
  number  BIGINT NOT NULL,
  at      BIGINT NOT NULL
) WITH (fillfactor = 50);
