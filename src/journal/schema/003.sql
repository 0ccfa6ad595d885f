-- The random words that tell this journal's entries from those of every other: each holds from its entry on, until the
-- next one begins. The first was made with the database.
CREATE TABLE epoch (
  from_seq INTEGER PRIMARY KEY,
  word     TEXT NOT NULL
) STRICT;

INSERT INTO epoch (from_seq, word) SELECT 1, value FROM meta WHERE key = 'epoch';
DELETE FROM meta WHERE key = 'epoch';
