-- Connections are liberal or strict and announce less or more, and one that is paused says since when and by whom. It
-- takes so many requests a second. That it is used is no longer a change of access.
ALTER TABLE connection ADD COLUMN tolerance TEXT NOT NULL DEFAULT 'liberal' CHECK (tolerance IN ('liberal', 'strict'));
ALTER TABLE connection ADD COLUMN announce TEXT NOT NULL DEFAULT 'full' CHECK (announce IN ('minimal', 'full'));
ALTER TABLE connection ADD COLUMN paused_at INTEGER;
ALTER TABLE connection ADD COLUMN paused_by TEXT CHECK ((paused_at IS NULL) = (paused_by IS NULL));
UPDATE connection SET (paused_at, paused_by) = (
  SELECT e.at, e.actor FROM event e
  WHERE e.node_id = connection.node_id AND e.event = 'scim_updated' AND json_extract(e.after, '$.state') = 'paused'
  ORDER BY e.event_id DESC LIMIT 1)
WHERE state = 'paused';
ALTER TABLE connection ADD COLUMN rate_limit INTEGER NOT NULL DEFAULT 100000 CHECK (rate_limit BETWEEN 0 AND 1000000);
DROP TRIGGER connection_changed;
CREATE TRIGGER connection_changed
AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
  role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;

-- Failed sign-ins and known browsers are kept, a session knows when the password was last given, and
-- an API key belongs to an administrator and can be limited to nodes.
CREATE TABLE delay (
  subject   TEXT PRIMARY KEY,
  failures  INTEGER NOT NULL CHECK (failures > 0),
  last_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
  digest    BLOB PRIMARY KEY CHECK (length(digest) = 32),
  admin_id  INTEGER NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE,
  used_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_of_admin ON device (admin_id, used_at);

DROP INDEX session_of_admin;
CREATE TABLE session_5 (
  digest      BLOB PRIMARY KEY CHECK (length(digest) = 32),
  admin_id    INTEGER NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE,
  seen_at     INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  remembered  INTEGER NOT NULL CHECK (remembered IN (0, 1)),
  proved_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO session_5 SELECT digest, admin_id, seen_at, expires_at, remembered, 0 FROM session;
DROP TABLE session;
ALTER TABLE session_5 RENAME TO session;
CREATE INDEX session_of_admin ON session (admin_id);

-- A key whose maker is gone ends now.
CREATE TABLE api_key_5 (
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
  last_used_at  INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO api_key_5
  SELECT key_id, name, scope, digest, start, last4, created_at, created_by,
      (SELECT admin_id FROM admin WHERE admin.email = api_key.created_by), NULL, expires_at, revoked_at, last_used_at
    FROM api_key;
UPDATE api_key_5 SET revoked_at = unixepoch() * 1000 WHERE admin_id IS NULL AND revoked_at IS NULL;
DROP TABLE api_key;
ALTER TABLE api_key_5 RENAME TO api_key;
CREATE INDEX api_key_of_admin ON api_key (admin_id);

-- The audit log has a chain for each node. What is there stays one chain, which all of them begin at.
ALTER TABLE appliance ADD COLUMN newest_event INTEGER NOT NULL DEFAULT 0;
ALTER TABLE appliance ADD COLUMN first_event INTEGER NOT NULL DEFAULT 0;
ALTER TABLE appliance ADD COLUMN first_hash BLOB CHECK (length(first_hash) = 32);
UPDATE appliance SET (newest_event, first_event, first_hash) = (
  SELECT event_id, event_id, hash FROM event ORDER BY event_id DESC LIMIT 1)
WHERE EXISTS (SELECT 1 FROM event);
ALTER TABLE event ADD COLUMN chain INTEGER;
ALTER TABLE event ADD COLUMN serial INTEGER CHECK ((serial IS NULL) = (chain IS NULL));
CREATE UNIQUE INDEX event_of_chain ON event (chain, serial) WHERE chain IS NOT NULL;
CREATE TABLE audit_chain (
  chain          INTEGER PRIMARY KEY,
  event_id       INTEGER NOT NULL,
  serial         INTEGER NOT NULL CHECK (serial > 0),
  hash           BLOB NOT NULL CHECK (length(hash) = 32),
  pruned_serial  INTEGER NOT NULL DEFAULT 0,
  pruned_hash    BLOB CHECK (length(pruned_hash) = 32)
) STRICT;

-- Locking a user writes one row instead of three: who locked it stands in its own row, and so does whether it still has to
-- be invited.
ALTER TABLE user ADD COLUMN locked_at INTEGER;
ALTER TABLE user ADD COLUMN locked_by TEXT CHECK ((locked_at IS NULL) = (locked_by IS NULL));
ALTER TABLE user ADD COLUMN uninvited INTEGER NOT NULL DEFAULT 0 CHECK (uninvited IN (0, 1));
UPDATE user SET (locked_at, locked_by) = (SELECT l.locked_at, l.locked_by FROM user_lock l WHERE l.user_id = user.user_id);
UPDATE user SET uninvited = 1
WHERE state = 'invited' AND lock <> 'none' AND user_id NOT IN (SELECT user_id FROM invitation);
DROP TABLE user_lock;
