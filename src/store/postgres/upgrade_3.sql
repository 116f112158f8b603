-- Connections say which client certificates they need.
ALTER TABLE connection ADD COLUMN client_cert TEXT COLLATE "C" NOT NULL DEFAULT 'server'
  CHECK (client_cert IN ('server', 'required', 'off'));
ALTER TABLE connection ADD COLUMN client_cert_names TEXT COLLATE "C" CHECK (client_cert_names <> '');
DROP TRIGGER connection_changed ON connection;
CREATE TRIGGER connection_changed
  AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
    role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit,
    capture, allow_from, client_cert, client_cert_names ON connection FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();
