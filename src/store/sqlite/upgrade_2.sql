-- From version 1 to 2: the resource is kept once, as text; changes of access are counted; a new user is counted by
-- what adds it, not by a trigger.
ALTER TABLE user DROP COLUMN document;
ALTER TABLE team DROP COLUMN document;
ALTER TABLE appliance ADD COLUMN access_changes INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER user_added;
CREATE TRIGGER token_ended AFTER UPDATE OF expires_at, ends_at, revoked_at ON token BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
CREATE TRIGGER token_removed AFTER DELETE ON token BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
CREATE TRIGGER connection_changed AFTER UPDATE ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
CREATE TRIGGER connection_removed AFTER DELETE ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
