-- What alerts are looked for by, each as it stands after its newest change: `began_at` is since when its rule is broken,
-- `teaches` whether somebody wrote down what was done about it or what came of that.
ALTER TABLE alert ADD COLUMN rule     TEXT    NOT NULL DEFAULT '';
ALTER TABLE alert ADD COLUMN subject  TEXT    NOT NULL DEFAULT '';
ALTER TABLE alert ADD COLUMN severity TEXT    NOT NULL DEFAULT '';
ALTER TABLE alert ADD COLUMN state    TEXT    NOT NULL DEFAULT '';
ALTER TABLE alert ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert ADD COLUMN teaches  INTEGER NOT NULL DEFAULT 0;

-- A body that was damaged is passed by: its alert is then found by its number alone.
UPDATE alert SET (rule, subject, severity, state, began_at) = (
  SELECT coalesce(json_extract(e.body, '$.rule'), ''),
         e.subject,
         coalesce(json_extract(e.body, '$.severity'), ''),
         coalesce(json_extract(e.body, '$.state'), ''),
         coalesce(CAST(round(1000 * unixepoch(json_extract(e.body, '$.pending_at'), 'subsec')) AS INTEGER), 0)
  FROM entry e WHERE e.seq = alert.seq
)
WHERE EXISTS (SELECT 1 FROM entry e WHERE e.seq = alert.seq AND json_valid(e.body));

-- Alerts that teach something, the newest of a rule first.
CREATE INDEX alert_lessons ON alert (rule, number) WHERE teaches = 1;

-- Every change of each alert.
CREATE TABLE alert_change (
  number INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (number, seq)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO alert_change (number, seq)
SELECT CAST(substr(json_extract(body, '$.id'), 3) AS INTEGER), seq FROM entry
WHERE kind NOT IN (2, 3) AND kind = 7 AND json_valid(body) AND json_extract(body, '$.id') IS NOT NULL;
