-- Connections say how much of their requests is kept, and the requests that are kept.
ALTER TABLE connection ADD COLUMN capture TEXT NOT NULL DEFAULT 'metadata' CHECK (capture IN ('off', 'metadata', 'full'));
DROP TRIGGER connection_changed;
CREATE TRIGGER connection_changed
AFTER UPDATE OF idp, preset, state, saved_at, draft_expires_at, deprovision, email_required, unique_groups, approval,
  role_prefix, unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit,
  capture ON connection BEGIN
  UPDATE appliance SET access_changes = access_changes + 1;
END;

CREATE TABLE exchange (
  exchange_id    INTEGER PRIMARY KEY,
  request_id     TEXT NOT NULL,
  at             INTEGER NOT NULL,
  scim_id        INTEGER,
  node_id        INTEGER,
  noise          INTEGER NOT NULL CHECK (noise IN (0, 1)),
  method         TEXT NOT NULL,
  path           TEXT NOT NULL,
  query          TEXT NOT NULL,
  status         INTEGER NOT NULL,
  micros         INTEGER NOT NULL,
  request_size   INTEGER NOT NULL,
  answer_size    INTEGER NOT NULL,
  client         TEXT NOT NULL,
  agent          TEXT,
  address        TEXT NOT NULL,
  code           TEXT,
  token_tail     TEXT,
  detail         TEXT,
  conflict_name  TEXT,
  conflict_user  INTEGER,
  relaxations    TEXT NOT NULL,
  kind           TEXT,
  subject_id     TEXT,
  subject        TEXT,
  summary        TEXT NOT NULL,
  summary_code   TEXT NOT NULL,
  arguments      TEXT NOT NULL,
  words          TEXT NOT NULL,
  bytes          INTEGER NOT NULL
) STRICT;
CREATE INDEX exchange_request ON exchange (request_id);
CREATE INDEX exchange_of_node ON exchange (node_id, exchange_id);
CREATE INDEX exchange_noise ON exchange (exchange_id) WHERE noise = 1;

CREATE TABLE exchange_text (
  exchange_id      INTEGER PRIMARY KEY REFERENCES exchange (exchange_id) ON DELETE CASCADE,
  request_headers  TEXT NOT NULL,
  request_body     TEXT,
  answer_headers   TEXT NOT NULL,
  answer_body      TEXT,
  effect           TEXT NOT NULL
) STRICT;
