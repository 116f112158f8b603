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
