-- Administrators have roles. Those who are there may go on doing everything.
ALTER TABLE admin ADD COLUMN role TEXT NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'administrator', 'auditor'));

-- Sessions say from where they were opened.
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN client TEXT NOT NULL DEFAULT '';

-- Second factors of administrators, the secret sealed, and what opens the door when the device is lost.
CREATE TABLE second_factor (
  admin_id    INTEGER PRIMARY KEY REFERENCES admin (admin_id) ON DELETE CASCADE,
  secret      BLOB NOT NULL,
  is_on       INTEGER NOT NULL CHECK (is_on IN (0, 1)),
  last_step   INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
  digest    BLOB PRIMARY KEY CHECK (length(digest) = 32),
  admin_id  INTEGER NOT NULL REFERENCES admin (admin_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_code_of_admin ON recovery_code (admin_id);
