//! Snapshots of the rules' state: which are kept, and on which of them a proof stands once entries were given up.
//!
//! Promises that the snapshot which the newest [`Footing`] names stays for as long as it does, and that no snapshot is
//! kept which a proof or a start could not go on from: behind each of them every entry is there. Reads no snapshot:
//! bytes come in and go out.

use rusqlite::{OptionalExtension, params};

use super::retention::hex;
use super::{Batch, Journal, JournalFault, Lane, Reader, STRETCH, count};
use crate::facts::{Alert, Command, Fact, Footing, Kind, Seq};

/// The newest snapshots, which always stay: one to start from, and one before it should that be unreadable.
const NEWEST_KEPT: usize = 2;
/// Others, evenly spread: the more there are, the less of the past loses its proof when something is given up.
const SPARE_MAX: usize = 14;
/// And how large all of them may be together, bytes. A venue of 3,000 guests has snapshots of about 1 MB.
const SPARE_BYTES_MAX: u64 = 8 << 20;
/// Where [`Footing`] stands in the table of numbers that change rarely.
const FOOTING_KEY: &str = "footing";

impl Batch<'_> {
    /// Keeps the rules' state as it is after the newest entry of this transaction, and lets others go for it.
    pub fn save_snapshot(&self, body: &[u8]) -> Result<(), JournalFault> {
        let seq = self.next_seq() - 1;
        self.run("INSERT OR REPLACE INTO snapshot (seq, body) VALUES (?1, ?2)", params![seq as i64, body])?;
        let footing = self.footing()?.map_or(0, |footing| footing.seq);
        for seq in surplus(&self.sizes()?, footing) {
            self.run("DELETE FROM snapshot WHERE seq = ?1", [seq as i64])?;
        }
        Ok(())
    }

    /// Keeps a state that was made anew: no proof goes on from any before it. The entry that says so comes next.
    pub fn begin_anew(&self, body: &[u8]) -> Result<Footing, JournalFault> {
        let footing = Footing { seq: self.next_seq() - 1, digest: digest(body) };
        self.set_footing(&footing)?;
        self.save_snapshot(body)?;
        Ok(footing)
    }

    /// The state on which a proof stands once something up to `last` is given up: the oldest behind it.
    pub(super) fn stand_on(&self, last: Seq) -> Result<Footing, JournalFault> {
        let before = self.footing()?;
        if let Some(footing) = before.as_ref().filter(|footing| footing.seq >= last) {
            return Ok(footing.clone());
        }
        let sql = "SELECT seq, body FROM snapshot WHERE seq >= ?1 ORDER BY seq LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as Seq, row.get::<_, Vec<u8>>(1)?));
        let found = self.optional(sql, [last as i64], read)?;
        let (seq, body) = found.ok_or_else(|| JournalFault::Damaged {
            seq: last,
            reason: "no snapshot of the rules' state stands behind it".to_owned(),
        })?;
        let footing = Footing { seq, digest: digest(&body) };
        self.set_footing(&footing)?;
        Ok(footing)
    }

    fn footing(&self) -> Result<Option<Footing>, JournalFault> {
        let text: Option<String> =
            self.optional("SELECT value FROM meta WHERE key = ?1", [FOOTING_KEY], |row| row.get(0))?;
        text.map(|text| serde_json::from_str(&text).map_err(|source| damaged(0, &source))).transpose()
    }

    fn set_footing(&self, footing: &Footing) -> Result<(), JournalFault> {
        let text = serde_json::to_string(footing).map_err(|source| damaged(footing.seq, &source))?;
        self.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![FOOTING_KEY, text])?;
        self.run("DELETE FROM snapshot WHERE seq < ?1", [footing.seq as i64])
    }

    /// Number and size of every snapshot, oldest first.
    fn sizes(&self) -> Result<Vec<(Seq, u64)>, JournalFault> {
        self.conn()
            .prepare_cached("SELECT seq, length(body) FROM snapshot ORDER BY seq")
            .and_then(|mut statement| {
                let rows =
                    statement.query_map([], |row| Ok((row.get::<_, i64>(0)? as Seq, row.get::<_, i64>(1)? as u64)))?;
                rows.collect()
            })
            .map_err(|source| JournalFault::sqlite("look at the snapshots", source))
    }
}

impl Journal {
    /// The newest snapshot of the rules' state, with the number of the entry after which it was taken.
    pub fn snapshot(&self) -> Result<Option<(Seq, Vec<u8>)>, JournalFault> {
        self.snapshot_before(Seq::MAX)
    }

    /// The newest snapshot that was taken before the one at `seq`.
    pub fn snapshot_before(&self, seq: Seq) -> Result<Option<(Seq, Vec<u8>)>, JournalFault> {
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        self.conn
            .query_row("SELECT seq, body FROM snapshot WHERE seq < ?1 ORDER BY seq DESC LIMIT 1", [seq], |row| {
                Ok((row.get::<_, i64>(0)? as Seq, row.get(1)?))
            })
            .optional()
            .map_err(|source| JournalFault::sqlite("read a snapshot", source))
    }

    /// Up to here something was given up; 0 where nothing was.
    pub fn given_up_to(&self) -> Result<Seq, JournalFault> {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, Option<i64>>(0);
        let first = self.conn.query_row("SELECT max(first) FROM stretch", [], read);
        let first = first.map_err(|source| JournalFault::sqlite("read what was given up", source))?;
        Ok(first.map_or(0, |first| first as Seq + STRETCH - 1))
    }

    /// Every alert as it was recorded last.
    pub fn alerts(&self) -> Result<Vec<Alert>, JournalFault> {
        let read = || -> rusqlite::Result<Vec<(Seq, String)>> {
            self.conn
                .prepare("SELECT e.seq, e.body FROM alert a JOIN entry e ON e.seq = a.seq ORDER BY a.number")?
                .query_map([], |row| Ok((row.get::<_, i64>(0)? as Seq, row.get(1)?)))?
                .collect()
        };
        let bodies = read().map_err(|source| JournalFault::sqlite("read the alerts", source))?;
        bodies
            .into_iter()
            .map(|(seq, body)| serde_json::from_str(&body).map_err(|source| damaged(seq, &source)))
            .collect()
    }
}

impl Reader {
    /// Where a proof begins, by the newest entry that says so; none: at the first entry.
    pub fn footing(&self) -> Result<Option<Footing>, JournalFault> {
        let gap = match self.latest(Kind::Gap)?.map(|row| row.to_entry()).transpose()? {
            Some(entry) => match entry.fact {
                Fact::Gap(gap) => Some((entry.seq, gap.footing)),
                _ => None,
            },
            None => None,
        };
        let mut newest = gap;
        let after = newest.as_ref().map_or(0, |(seq, _)| *seq);
        let commands = self.read(Lane::Kind(Kind::Command), after, usize::MAX >> 1, usize::MAX)?.rows;
        for row in commands {
            if let Fact::Command(Command::ResumeRules { footing }) = row.to_entry()?.fact {
                newest = Some((row.seq, footing));
            }
        }
        Ok(newest.map(|(_, footing)| footing))
    }

    /// The rules' state that was kept after this entry, and whether it is the one that the footing seals.
    pub fn sealed(&self, footing: &Footing) -> Result<Option<(Vec<u8>, bool)>, JournalFault> {
        let body: Option<Vec<u8>> = self.with("read a snapshot", |conn| {
            conn.query_row("SELECT body FROM snapshot WHERE seq = ?1", [footing.seq as i64], |row| row.get(0))
                .optional()
        })?;
        Ok(body.map(|body| {
            let same = digest(&body) == footing.digest;
            (body, same)
        }))
    }

    /// Whether every entry after `after` is still there.
    pub fn is_whole_after(&self, after: Seq) -> Result<bool, JournalFault> {
        self.with("look for gaps", |conn| Ok(count::given_up_after(conn, after)? == 0))
    }
}

fn digest(body: &[u8]) -> String {
    hex(blake3::hash(body).as_bytes())
}

fn damaged(seq: Seq, source: &serde_json::Error) -> JournalFault {
    JournalFault::Damaged { seq, reason: source.to_string() }
}

/// Which of these snapshots (number and size, oldest first) may go. Between those that stay the longest stretch without
/// one is as short as may be.
fn surplus(kept: &[(Seq, u64)], footing: Seq) -> Vec<Seq> {
    let spare = kept.len().saturating_sub(NEWEST_KEPT);
    let mut left: Vec<(Seq, u64)> = kept.to_vec();
    let mut gone = Vec::new();
    loop {
        let inner = || (0..spare - gone.len()).filter(|at| left[*at].0 != footing);
        let bytes: u64 = inner().map(|at| left[at].1).sum();
        if inner().count() <= SPARE_MAX && bytes <= SPARE_BYTES_MAX {
            return gone;
        }
        let stretch =
            |at: &usize| left[*at + 1].0.saturating_sub(at.checked_sub(1).map_or(footing, |before| left[before].0));
        let Some(at) = inner().min_by_key(stretch) else { return gone };
        gone.push(left.remove(at).0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stays when snapshots of `bytes` are laid down after each `every` entries, up to the `count`th.
    fn stays(count: u64, every: u64, bytes: u64, footing: Seq) -> Vec<Seq> {
        let mut kept: Vec<(Seq, u64)> = Vec::new();
        for number in 1..=count {
            kept.push((number * every, bytes));
            let gone = surplus(&kept, footing);
            kept.retain(|(seq, _)| !gone.contains(seq));
        }
        kept.into_iter().map(|(seq, _)| seq).collect()
    }

    #[test]
    fn the_newest_and_the_footing_stay_and_the_rest_is_spread() {
        assert_eq!(stays(16, 10, 1, 0), (1..=16).map(|n| n * 10).collect::<Vec<_>>());
        let kept = stays(1_000, 10, 1, 70);
        assert_eq!(kept.len(), SPARE_MAX + NEWEST_KEPT + 1);
        assert!(kept.contains(&70) && kept.ends_with(&[9_990, 10_000]), "{kept:?}");
        let widest = kept.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(widest <= 3 * 10_000 / SPARE_MAX as u64, "{kept:?}");
    }

    #[test]
    fn large_snapshots_are_few() {
        assert_eq!(stays(50, 10, SPARE_BYTES_MAX / 3, 0).len(), 3 + NEWEST_KEPT);
        assert_eq!(stays(50, 10, SPARE_BYTES_MAX + 1, 30), [30, 490, 500]);
    }
}
