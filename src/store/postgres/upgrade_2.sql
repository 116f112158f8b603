-- The last write of each thread that writes, changed in the same transaction: whether a commit was kept whose answer was lost.
CREATE TABLE write_outcome (
  writer  TEXT COLLATE "C" PRIMARY KEY,
  number  BIGINT NOT NULL,
  at      BIGINT NOT NULL
) WITH (fillfactor = 50);
