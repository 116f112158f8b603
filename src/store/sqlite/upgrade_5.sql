-- From version 4 to 5: a connection takes so many requests a second.
ALTER TABLE connection ADD COLUMN rate_limit INTEGER NOT NULL DEFAULT 100000 CHECK (rate_limit BETWEEN 0 AND 1000000);
