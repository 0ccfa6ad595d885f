-- Reports that were found in a damaged database behind entries that nobody has any more, in the order in which they were
-- written there. They are no entries: each becomes one when it is reported again.
CREATE TABLE behind (
  number      INTEGER PRIMARY KEY,
  kind        INTEGER NOT NULL,
  subject     TEXT    NOT NULL,
  device      TEXT    NOT NULL,
  observed_at INTEGER,
  received_at INTEGER NOT NULL,
  body        TEXT    NOT NULL,
  hash        BLOB    NOT NULL
) STRICT;
