//! Where a proof of alerts and verdicts begins: at the first entry, or, where entries were given up, at the state of the
//! rules that the journal seals behind them.
//!
//! Never lets a proof stand on a state that is not the sealed one. Says in one sentence what is not proven.

use crate::facts::Seq;
use crate::journal::{JournalFault, Reader};
use crate::rules::{Engine, Other, Proof};

/// Where a proof begins.
pub(super) struct Ground {
    /// After this entry; 0: all of it is proven.
    pub(super) after: Seq,
    engine: Engine,
}

impl Ground {
    /// The ground of a journal; in the inner case, why there is none.
    pub(super) fn of(reader: &Reader) -> Result<Result<Self, String>, JournalFault> {
        let Some(footing) = reader.footing()? else {
            if reader.is_whole_after(0)? {
                return Ok(Ok(Self { after: 0, engine: Engine::new() }));
            }
            return Ok(Err("entries are missing and no gap says why, so that nothing is proved to follow".to_owned()));
        };
        let after = footing.seq;
        let nothing = |why: &str| {
            let told = format!("the rules' state after entry {after} {why}, so that nothing is proved to follow");
            Ok(Err(told))
        };
        match reader.sealed(&footing)? {
            None => nothing("is missing"),
            Some((_, false)) => nothing("is not the one that was sealed"),
            Some((body, true)) => match Engine::restore(&body) {
                Ok(engine) => Ok(Ok(Self { after, engine })),
                Err(fault) => nothing(&format!("cannot be used ({fault})")),
            },
        }
    }

    /// The proof that begins here.
    pub(super) fn proof(self, other: Option<Other>) -> Proof {
        Proof::after(self.after, self.engine, other)
    }
}

/// The sentence about what is before the ground.
pub(super) fn unproven(after: Seq) -> String {
    format!("alerts and verdicts before entry {} are proven by the chain only: entries were given up\n", after + 1)
}
