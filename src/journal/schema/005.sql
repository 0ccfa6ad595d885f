-- Who readings and positions are about: `room/lobby`, `vehicle/car-1`. The number is the low 20 bits of a key below.
CREATE TABLE minute_subject (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL UNIQUE
) STRICT;

-- What came in one minute about one of them. The key is the minute since 1970, times 2^20, plus the subject's number, so
-- that the tree grows at its right edge and all of a minute lies together. `newest` is its newest entry, `figures` what
-- sensors measured (JSON, in thousandths: least, most, sum, how many), `seqs` the numbers of the entries. How far this
-- table has come stands in `meta` as `minutes`; what is missing is made from the entries.
CREATE TABLE minute (
  key     INTEGER PRIMARY KEY,
  newest  INTEGER NOT NULL,
  figures TEXT,
  seqs    BLOB NOT NULL
) STRICT;
