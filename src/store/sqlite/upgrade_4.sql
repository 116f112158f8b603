-- From version 3 to 4: fewer indexes, so that a new user is written to fewer places. Rows that are there keep their
-- addresses in user_email, also the one that is the user name; it moves when the user is next written.
ALTER TABLE user ADD COLUMN name_is_email INTEGER NOT NULL DEFAULT 0 CHECK (name_is_email IN (0, 1));

-- Of two people of one node with the same name, which could come about while the node had no connection, the one whose
-- scope is the node alone is found by its id only, until it gets another name.
UPDATE user SET user_name_folded = user_name_folded || char(10) || user_id
  WHERE scope <> 0 AND EXISTS (
    SELECT 1 FROM user other
      WHERE other.scope = 0 AND other.node_id = user.node_id AND other.user_name_folded = user.user_name_folded);

DROP INDEX user_name;
DROP INDEX user_node_name;
DROP INDEX user_of_node;
CREATE UNIQUE INDEX user_name ON user (user_name_folded) WHERE scope = 0;
CREATE UNIQUE INDEX user_node_name ON user (node_id, user_name_folded);
CREATE INDEX user_of_node ON user (node_id);

CREATE TABLE user_email_4 (
  node_id  INTEGER NOT NULL,
  email    TEXT NOT NULL,
  user_id  INTEGER NOT NULL,
  PRIMARY KEY (node_id, email, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO user_email_4 SELECT node_id, email, user_id FROM user_email ORDER BY node_id, email, user_id;
DROP TABLE user_email;
ALTER TABLE user_email_4 RENAME TO user_email;
