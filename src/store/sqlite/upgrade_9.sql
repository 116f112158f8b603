-- Nodes can be sandboxes, with what is switched on there.
ALTER TABLE node ADD COLUMN sandbox TEXT CHECK (json_valid(sandbox));
CREATE TRIGGER sandbox_changed AFTER UPDATE OF sandbox ON node BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;
