-- From version 2 to 3: people and teams; who locked whom, invitations, the audit log, jobs, keys and settings.
ALTER TABLE team ADD COLUMN rejection TEXT;
ALTER TABLE team ADD COLUMN restrict_share INTEGER NOT NULL DEFAULT 0 CHECK (restrict_share IN (0, 1));
ALTER TABLE team ADD COLUMN restrict_edit INTEGER NOT NULL DEFAULT 0 CHECK (restrict_edit IN (0, 1));
ALTER TABLE team ADD COLUMN restrict_view INTEGER NOT NULL DEFAULT 0 CHECK (restrict_view IN (0, 1));
ALTER TABLE membership ADD COLUMN granted INTEGER NOT NULL DEFAULT 0 CHECK (granted IN (0, 1));
ALTER TABLE membership ADD COLUMN rejection TEXT;

CREATE TABLE user_lock (
  user_id    INTEGER PRIMARY KEY REFERENCES user (user_id) ON DELETE CASCADE,
  locked_at  INTEGER NOT NULL,
  locked_by  TEXT NOT NULL
) STRICT;

CREATE TABLE invitation (
  user_id      INTEGER PRIMARY KEY REFERENCES user (user_id) ON DELETE CASCADE,
  serial       INTEGER NOT NULL,
  mail         TEXT NOT NULL CHECK (mail IN ('waiting', 'sending', 'sent', 'kept', 'failed')),
  created_at   INTEGER NOT NULL,
  next_try_at  INTEGER NOT NULL,
  tries        INTEGER NOT NULL DEFAULT 0,
  error        TEXT,
  sent_at      INTEGER,
  digest       BLOB CHECK (length(digest) = 32),
  expires_at   INTEGER,
  answer       TEXT CHECK (answer IN ('accepted', 'declined', 'revoked')),
  answered_at  INTEGER
) STRICT;
CREATE INDEX invitation_waiting ON invitation (next_try_at) WHERE mail IN ('waiting', 'sending');

CREATE TABLE event (
  event_id    INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  event       TEXT NOT NULL,
  actor       TEXT NOT NULL,
  address     TEXT,
  request_id  TEXT,
  node_id     INTEGER,
  user_id     INTEGER,
  team_id     TEXT,
  object      TEXT,
  before      TEXT,
  after       TEXT,
  hash        BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX event_of_user ON event (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE job (
  job_id       INTEGER PRIMARY KEY,
  kind         TEXT NOT NULL CHECK (kind IN ('full_sync', 'sign_in_sync')),
  state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'stopped', 'done', 'failed')),
  node_id      INTEGER,
  created_by   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  started_at   INTEGER,
  finished_at  INTEGER,
  total        INTEGER NOT NULL,
  done         INTEGER NOT NULL DEFAULT 0,
  teams        INTEGER NOT NULL DEFAULT 0,
  approved     INTEGER NOT NULL DEFAULT 0,
  waiting      INTEGER NOT NULL DEFAULT 0,
  after_team   INTEGER NOT NULL DEFAULT 0,
  after_user   INTEGER NOT NULL DEFAULT 0,
  current      TEXT,
  error        TEXT
) STRICT;
CREATE INDEX job_open ON job (job_id) WHERE state IN ('queued', 'running');

CREATE TABLE api_key (
  key_id        TEXT PRIMARY KEY CHECK (length(key_id) = 8),
  name          TEXT NOT NULL,
  scope         TEXT NOT NULL CHECK (scope IN ('read', 'write')),
  digest        BLOB NOT NULL CHECK (length(digest) = 32),
  start         TEXT NOT NULL,
  last4         TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  created_by    TEXT NOT NULL,
  expires_at    INTEGER,
  revoked_at    INTEGER,
  last_used_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  name   TEXT PRIMARY KEY,
  value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was locked before is locked since its last change.
INSERT INTO user_lock (user_id, locked_at, locked_by) SELECT user_id, modified_at, lock FROM user WHERE lock <> 'none';
