//! What is in the journal about some subjects within a stretch of time: the newest of it.
//!
//! Readings and positions are found by their minutes, the few kinds by their index, each bounded. Decides not who an
//! alert is about: its caller says it.

use rusqlite::{Connection, params};

use super::minutes::seqs_about;
use super::read::row_at;
use super::{JournalFault, Reader, Row};
use crate::facts::{Kind, Seq, Subject, Timestamp};

/// Kinds that tell of guests, devices and calls for help.
const FEW: [Kind; 6] = [Kind::Scan, Kind::Device, Kind::Incident, Kind::Rejected, Kind::Clock, Kind::Gap];
/// Entries of each of them that are looked at in one stretch.
const LOOKED_AT_MAX: usize = 20_000;
/// Readings of a room among which one sensor's are looked for.
const READINGS_MAX: usize = 2_000;

impl Reader {
    /// The newest `limit` entries about or by `subjects` that came at `from` or later and before `to`, in no order; and
    /// whether there are more.
    pub fn evidence(
        &self,
        subjects: &[Subject],
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<(Vec<Row>, bool), JournalFault> {
        let stretches = self.between(from, to)?;
        self.in_one_view("look for what led to an alert", |conn| {
            let within = |seq: &Seq| stretches.iter().any(|(after, upto)| after < seq && seq <= upto);
            let mut found = Vec::new();
            for subject in subjects {
                found.extend(of_masses(conn, subject, from, to, limit + 1, &within)?);
            }
            let names: Vec<String> = subjects.iter().map(Subject::to_string).collect();
            for kind in FEW {
                for (after, upto) in &stretches {
                    found.extend(of_few(conn, kind, &names, (*after, *upto), limit + 1)?);
                }
            }
            found.sort_unstable_by(|one, other| other.cmp(one));
            found.dedup();
            let more = found.len() > limit;
            found.truncate(limit);
            let mut rows = Vec::with_capacity(found.len());
            for seq in found {
                rows.extend(row_at(conn, seq)?);
            }
            Ok((rows, more))
        })
    }
}

/// Readings and positions.
fn of_masses(
    conn: &Connection,
    subject: &Subject,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
    within: &impl Fn(&Seq) -> bool,
) -> rusqlite::Result<Vec<Seq>> {
    match subject {
        Subject::Room(_) | Subject::Vehicle(_) => seqs_about(conn, &subject.to_string(), from, to, limit, within),
        // They are kept by room.
        Subject::Sensor(room, _) => {
            let (room, device) = (Subject::Room(room.clone()).to_string(), subject.to_string());
            let mut seqs = seqs_about(conn, &room, from, to, READINGS_MAX, within)?;
            seqs.sort_unstable_by(|one, other| other.cmp(one));
            let mut found = Vec::new();
            for seq in seqs.into_iter().take(READINGS_MAX) {
                if found.len() >= limit {
                    break;
                }
                found.extend(row_at(conn, seq)?.filter(|row| row.device == device).map(|row| row.seq));
            }
            Ok(found)
        }
        Subject::Guest(_) | Subject::Kiosk(_) | Subject::Link(_) | Subject::Operator(_) | Subject::Gateway => {
            Ok(Vec::new())
        }
    }
}

fn of_few(
    conn: &Connection,
    kind: Kind,
    names: &[String],
    (after, upto): (Seq, Seq),
    limit: usize,
) -> rusqlite::Result<Vec<Seq>> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, subject, device FROM entry INDEXED BY entry_urgent
         WHERE kind NOT IN (2, 3) AND kind = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq DESC LIMIT ?4",
    )?;
    let mut rows = statement.query(params![kind as u8, after as i64, upto as i64, LOOKED_AT_MAX as i64])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let (subject, device) = (row.get_ref(1)?.as_bytes()?, row.get_ref(2)?.as_bytes()?);
        if names.iter().any(|name| name.as_bytes() == subject || name.as_bytes() == device) {
            found.push(row.get::<_, i64>(0)? as Seq);
        }
    }
    Ok(found)
}
