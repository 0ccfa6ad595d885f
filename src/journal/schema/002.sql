-- The hash of the last entry of each run that was given up: the entry after it builds on that hash.
CREATE TABLE given_up (
  seq  INTEGER PRIMARY KEY,
  hash BLOB NOT NULL
) STRICT;

-- How many entries of each stretch were given up; `first` is its first number. For counting: the proof is in the gap
-- entries.
CREATE TABLE stretch (
  first   INTEGER PRIMARY KEY,
  entries INTEGER NOT NULL
) STRICT;

-- How far each pass of retention has come.
CREATE TABLE pass (
  name TEXT PRIMARY KEY,
  upto INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
