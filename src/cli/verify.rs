//! `portico verify`: the file, the hash chain, and that every recorded alert and verdict follows from the entries.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{FAILED, Outcome};
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
    /// Where the proof came to an end early.
    unreadable: Option<String>,
}

fn check(dir: &Path) -> Result<Checked, JournalFault> {
    let reader = Reader::open(dir)?;
    let verified = reader.verify()?;
    let mut proof = Proof::new();
    let read = reader.replay(0, |entry| {
        proof.push(&entry);
        Ok(())
    });
    let unreadable = match read {
        Ok(()) => {
            proof.finish();
            None
        }
        Err(JournalFault::Damaged { seq, reason }) => {
            Some(format!("entry {seq} cannot be read, so that nothing from it on is proved to follow: {reason}"))
        }
        Err(fault) => return Err(fault),
    };
    Ok(Checked { verified, proof, unreadable })
}

fn tell(dir: &Path, checked: &Checked, json: bool) -> Outcome {
    let Checked { verified, proof, unreadable } = checked;
    let faults: Vec<String> = (verified.faults.iter().map(ToString::to_string))
        .chain(proof.differences.iter().map(ToString::to_string))
        .chain(unreadable.clone())
        .collect();
    let head = blake3::Hash::from_bytes(verified.head).to_hex().to_string();
    let code = if faults.is_empty() { super::FINE } else { FAILED };
    if json {
        let told = serde_json::json!({
            "entries": verified.entries, "given_up": verified.given_up, "stretches": verified.stretches,
            "alerts": proof.alerts, "head": head, "faults": faults,
        });
        return Outcome { code, out: format!("{told}\n"), talk: String::new() };
    }
    let mut out =
        format!("{}: {} entries, {} alert changes\nhead {head}\n", dir.display(), verified.entries, proof.alerts);
    if verified.given_up > 0 {
        let (given_up, stretches) = (verified.given_up, verified.stretches);
        let told = format!("{given_up} entries were given up in {stretches} stretches\n");
        out.push_str(&told);
    }
    if faults.is_empty() {
        out.push_str("ok: the file is whole, the chain unbroken, and every alert and verdict follows\n");
    }
    let talk = super::errors(&faults);
    Outcome { code, out, talk }
}
