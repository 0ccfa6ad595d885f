//! `portico verify`: the file, the hash chain, and that every recorded alert and verdict follows from the entries.

use std::path::{Path, PathBuf};

use clap::Args;

use super::ground::{Ground, unproven};
use super::{FAILED, Outcome};
use crate::facts::Seq;
use crate::journal::{JournalFault, Reader, Verified};
use crate::rules::Proof;

/// What `verify` is told.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The data folder (else the one that the configuration names)
    #[arg(value_name = "DATA_DIR")]
    pub data: Option<PathBuf>,
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write JSON for a machine
    #[arg(long)]
    pub json: bool,
}

/// Checks everything and says what is wrong where.
pub fn run(args: &VerifyArgs) -> Outcome {
    let dir = match super::data_dir(args.data.as_deref(), args.config.as_deref()) {
        Ok(dir) => dir,
        Err(outcome) => return outcome,
    };
    match check(&dir) {
        Ok(checked) => tell(&dir, &checked, args.json),
        Err(fault) => Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault}\n") },
    }
}

/// What was checked, and what was found.
struct Checked {
    verified: Verified,
    proof: Proof,
    /// The proof begins after this entry.
    after: Seq,
    /// Why there is no proof, or where it came to an end early.
    unproved: Option<String>,
}

fn check(dir: &Path) -> Result<Checked, JournalFault> {
    let reader = Reader::open(dir)?;
    let verified = reader.verify()?;
    let unreadable = |seq: Seq, reason: &str| {
        format!("entry {seq} cannot be read, so that nothing from it on is proved to follow: {reason}")
    };
    let ground = match Ground::of(&reader) {
        Ok(Ok(ground)) => ground,
        Ok(Err(why)) => return Ok(Checked { verified, proof: Proof::default(), after: 0, unproved: Some(why) }),
        Err(JournalFault::Damaged { seq, reason }) => {
            let unproved = Some(unreadable(seq, &reason));
            return Ok(Checked { verified, proof: Proof::default(), after: 0, unproved });
        }
        Err(fault) => return Err(fault),
    };
    let after = ground.after;
    let mut proof = ground.proof(None);
    let read = reader.replay(after, |entry| {
        proof.push(&entry);
        Ok(())
    });
    let unproved = match read {
        Ok(()) => {
            proof.finish();
            None
        }
        Err(JournalFault::Damaged { seq, reason }) => Some(unreadable(seq, &reason)),
        Err(fault) => return Err(fault),
    };
    Ok(Checked { verified, proof, after, unproved })
}

fn tell(dir: &Path, checked: &Checked, json: bool) -> Outcome {
    let Checked { verified, proof, after, unproved } = checked;
    let faults: Vec<String> = (verified.faults.iter().map(ToString::to_string))
        .chain(proof.differences.iter().map(ToString::to_string))
        .chain(unproved.clone())
        .collect();
    let head = blake3::Hash::from_bytes(verified.head).to_hex().to_string();
    let code = if faults.is_empty() { super::FINE } else { FAILED };
    if json {
        let told = serde_json::json!({
            "entries": verified.entries, "given_up": verified.given_up, "stretches": verified.stretches,
            "alerts": proof.alerts, "proved_from": unproved.is_none().then_some(after + 1), "head": head,
            "faults": faults,
        });
        return Outcome { code, out: format!("{told}\n"), talk: String::new() };
    }
    let mut out = format!("{}: {} entries\nhead {head}\n", dir.display(), verified.entries);
    if verified.given_up > 0 {
        let (given_up, stretches) = (verified.given_up, verified.stretches);
        let told = format!("{given_up} entries were given up in {stretches} stretches\n");
        out.push_str(&told);
    }
    if faults.is_empty() && *after == 0 {
        let alerts = proof.alerts;
        let told = format!(
            "{alerts} alert changes\nok: the file is whole, the chain unbroken, and every alert and verdict follows\n"
        );
        out.push_str(&told);
    } else if faults.is_empty() {
        let told = format!(
            "{} alert changes from entry {} on\nok: the file is whole, the chain unbroken, and from that entry on every \
             alert and verdict follows\n{}",
            proof.alerts,
            after + 1,
            unproven(*after)
        );
        out.push_str(&told);
    }
    let talk = super::errors(&faults);
    Outcome { code, out, talk }
}
