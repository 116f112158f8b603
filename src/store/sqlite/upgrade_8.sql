-- Administrators have roles. Those who are there may go on doing everything.
ALTER TABLE admin ADD COLUMN role TEXT NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'administrator', 'auditor'));

-- Sessions say from where they were opened.
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN client TEXT NOT NULL DEFAULT '';
