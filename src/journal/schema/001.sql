-- Numbers that change rarely.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal. Times are milliseconds since 1970 in UTC; `body` is the JSON that the API shows.
CREATE TABLE entry (
  seq         INTEGER PRIMARY KEY,
  kind        INTEGER NOT NULL,
  subject     TEXT NOT NULL,
  device      TEXT NOT NULL,
  observed_at INTEGER,
  received_at INTEGER NOT NULL,
  body        TEXT NOT NULL,
  hash        BLOB NOT NULL
) STRICT;

-- Everything but readings (3) and positions (2): the few among the many, found without reading the many.
CREATE INDEX entry_urgent ON entry (kind, seq) WHERE kind NOT IN (2, 3);

-- A kiosk's own scan ids. Kiosks count upwards, so the tree grows at one edge a kiosk.
CREATE TABLE scan_id (
  kiosk   TEXT NOT NULL,
  scan_id TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (kiosk, scan_id)
) STRICT, WITHOUT ROWID;

-- The newest change of each alert; `number` is the n of A-n.
CREATE TABLE alert (
  number INTEGER PRIMARY KEY,
  seq    INTEGER NOT NULL
) STRICT;

-- How far each output has come.
CREATE TABLE cursor (
  name TEXT PRIMARY KEY,
  seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Entries that an output's receiver refuses for good, passed by so that the rest can flow.
CREATE TABLE parked (
  name   TEXT NOT NULL,
  seq    INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (name, seq)
) STRICT, WITHOUT ROWID;

-- The rules' state after an entry; made again from the entries whenever it is missing.
CREATE TABLE snapshot (
  seq  INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;

-- Names and contacts of the plan's people: outside the hash chain, so that they can be erased.
CREATE TABLE people (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  body TEXT NOT NULL
) STRICT;

-- The built-in broker's retained messages, so that they survive a restart.
CREATE TABLE retained (
  topic   TEXT PRIMARY KEY,
  qos     INTEGER NOT NULL,
  payload BLOB NOT NULL
) STRICT, WITHOUT ROWID;
