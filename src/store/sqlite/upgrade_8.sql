-- Administrators have roles. Those who are there may go on doing everything.
ALTER TABLE admin ADD COLUMN role TEXT NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'administrator', 'auditor'));
