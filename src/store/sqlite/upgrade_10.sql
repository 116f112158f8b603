-- Connections and keys say where their requests may come from.
ALTER TABLE connection ADD COLUMN allow_from TEXT CHECK (allow_from <> '');
ALTER TABLE api_key ADD COLUMN allow_from TEXT CHECK (allow_from <> '');
DROP TRIGGER connection_changed;
CREATE TRIGGER connection_changed
AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
  role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit,
  capture, allow_from ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;

-- Links by which administrators set a new password.
CREATE TABLE reset_link (
  admin_id    INTEGER PRIMARY KEY REFERENCES admin (admin_id) ON DELETE CASCADE,
  digest      BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  expires_at  INTEGER NOT NULL
) STRICT;
