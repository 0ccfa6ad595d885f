//! Where a proof begins that cannot begin at the first entry.

use serde::{Deserialize, Serialize};

use super::entry::Seq;

/// A state of the rules that is kept, sealed by the entry that names it: what follows from the entries behind it can be
/// proven again; what came before is proven by the chain alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Footing {
    /// The entry after which the state was taken.
    pub seq: Seq,
    /// BLAKE3 of the state as it is kept, in hex.
    pub digest: String,
}
