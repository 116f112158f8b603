-- Connections say which client certificates they need.
ALTER TABLE connection ADD COLUMN client_cert TEXT NOT NULL DEFAULT 'server' CHECK (client_cert IN ('server', 'required', 'off'));
ALTER TABLE connection ADD COLUMN client_cert_names TEXT CHECK (client_cert_names <> '');
DROP TRIGGER connection_changed;
CREATE TRIGGER connection_changed
AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
  role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit,
  capture, allow_from, client_cert, client_cert_names ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
