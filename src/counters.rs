//! The named counters: every bound at which something is lost, refused or given up has one here.
//!
//! Counts and encodes for Prometheus. Decides nothing, and no label ever holds a guest's code or name.

pub mod ledger;

use std::sync::{Arc, Mutex};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use ledger::Ledger;

/// One word that tells members of a family apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OfKind {
    /// The entry kind, as on the wire.
    pub kind: &'static str,
}

/// Which connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OfLink {
    /// `mqtt`, `serial:<vehicle or path>`, `broker:<client id>`, `http`.
    pub link: String,
}

/// Which bound was reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AtBound {
    /// The bound's name in the code, in snake case.
    pub bound: &'static str,
}

/// What became of something on a link.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    /// Which connection.
    pub link: String,
    /// What became of it.
    pub outcome: &'static str,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident: $kind:ty = $name:literal $help:literal),+ $(,)?) => {
        /// All counters of one gateway. Cheap to share behind an `Arc`; no globals, so tests run side by side.
        #[derive(Debug)]
        pub struct Counters {
            registry: Mutex<Registry>,
            $($(#[$doc])* pub $field: $kind,)+
            /// How long a commit took, fsync included, in seconds.
            pub commit_duration: Histogram,
            /// What became of every single thing that was heard.
            pub ledger: Arc<Ledger>,
        }

        impl Default for Counters {
            fn default() -> Self {
                let mut registry = Registry::with_prefix("portico");
                let commit_duration = Histogram::new(exponential_buckets(0.000_1, 2.0, 16));
                registry.register_with_unit("commit_duration", "Commit time, fsync included", Unit::Seconds, commit_duration.clone());
                $(let $field = <$kind>::default(); registry.register($name, $help, $field.clone());)+
                Self { registry: Mutex::new(registry), $($field,)+ commit_duration, ledger: Arc::default() }
            }
        }
    };
}

counters! {
    /// Reports handed to the recorder.
    received: Family<OfKind, Counter> = "received" "Reports handed to the recorder, by kind",
    /// Entries committed, alert changes among them.
    kept: Family<OfKind, Counter> = "kept" "Entries committed, by kind",
    /// Reports recognised as ones that are kept already.
    duplicates: Family<OfKind, Counter> = "duplicates" "Reports recognised as kept already, by kind",
    /// Reports that could not be committed and so were not acknowledged.
    not_kept: Family<OfKind, Counter> = "not_kept" "Reports that could not be committed and were not acknowledged, by kind",
    /// Input kept as `rejected`, by link.
    rejected: Family<OfLink, Counter> = "rejected" "Input kept but not understood, by link",
    /// Measured values that a sensor gave and that cannot be: an error code, an impossible number.
    values_refused: Family<OfLink, Counter> = "values_refused" "Measured values that cannot be, by link",
    /// Values and signs of life that an existing broker had held, of unknown age.
    held_passed_by: Family<OfLink, Counter> = "held_passed_by" "Values that a broker had held, of unknown age, passed by",
    /// Input given up at a named bound.
    dropped: Family<AtBound, Counter> = "dropped" "Input given up, by the bound it met",
    /// NMEA sentences by what became of them.
    sentences: Family<Outcome, Counter> = "sentences" "NMEA sentences by link and outcome",
    /// Bytes on a wire that belonged to no sentence, half sentences of a wire that was cut among them.
    rubbish_bytes: Family<OfLink, Counter> = "rubbish_bytes" "Bytes on a wire that belonged to no sentence",
    /// Whether a link is up: 1 or 0.
    link_up: Family<OfLink, Gauge> = "link_up" "Whether a link is up",
    /// How often a link was lost.
    links_lost: Family<OfLink, Counter> = "links_lost" "How often a link was lost",
    /// Sessions that an existing broker had forgotten.
    sessions_lost: Family<OfLink, Counter> = "sessions_lost" "Reconnects at which the broker had forgotten our session",
    /// Commits.
    commits: Counter = "commits" "Transactions committed",
    /// Commits that failed.
    commits_failed: Counter = "commits_failed" "Transactions that failed",
    /// Newest entry.
    newest_seq: Gauge = "newest_seq" "Number of the newest entry",
    /// Entries that upstream has acknowledged.
    upstream_acknowledged: Counter = "upstream_acknowledged" "Entries acknowledged by upstream",
    /// Deliveries to upstream by outcome.
    upstream_deliveries: Family<Outcome, Counter> = "upstream_deliveries" "Deliveries to upstream by outcome",
    /// Entries that upstream refuses and that were passed by.
    upstream_parked: Counter = "upstream_parked" "Entries refused by upstream and passed by",
    /// Guests whose names upstream does not take.
    upstream_names_refused: Counter = "upstream_names_refused" "Guests whose names upstream does not take",
    /// Entries that upstream does not have yet.
    upstream_backlog: Gauge = "upstream_backlog" "Entries that upstream does not have yet",
    /// Entries given up, by what asked for it.
    given_up: Family<AtBound, Counter> = "given_up" "Entries given up, by the bound that asked for it",
    /// Bytes of the database in use.
    data_used: Gauge = "data_used_bytes" "Bytes of the database in use",
    /// Bytes of it that may be.
    data_budget: Gauge = "data_budget_bytes" "Bytes of the database that may be in use",
    /// Tries to send a message, by notifier and outcome.
    notifications: Family<Outcome, Counter> = "notifications" "Tries to send a message, by notifier and outcome",
    /// Room on the disk under the journal.
    disk_free_bytes: Gauge = "disk_free_bytes" "Bytes free on the disk under the journal",
    /// Open live streams.
    live_clients: Gauge = "live_clients" "Open live streams",
}

impl Counters {
    /// Something committed was given up, at this bound, on its way to somebody who listens.
    pub fn given_up_outward(&self, bound: &'static str) {
        self.dropped.get_or_create(&AtBound { bound }).inc();
        self.ledger.given_up_outward(bound);
    }

    /// Everything in the Prometheus text format (OpenMetrics).
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        text::encode(&mut out, &registry)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let counters = Counters::default();
        counters.kept.get_or_create(&OfKind { kind: "scan" }).inc_by(3);
        counters.newest_seq.set(7);
        let text = counters.encode().unwrap();
        assert!(text.contains("portico_kept_total{kind=\"scan\"} 3"), "{text}");
        assert!(text.contains("portico_newest_seq 7"), "{text}");
    }
}
