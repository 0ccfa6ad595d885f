//! Tells every alert change on `reception/v1/alert`, after a cursor of its own.
//!
//! At least once, in order; what was committed while the gateway was down is told at the next start.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::devices::mqtt::intake::Outgoing;
use crate::devices::mqtt::listener::Publisher;
use crate::devices::mqtt::topics::ALERT_TOPIC;
use crate::facts::{Kind, Seq};
use crate::journal::{JournalFault, Lane, Page, Reader};
use crate::recorder::Handle;

/// The cursor's name.
const CURSOR: &str = "mqtt.alert";
/// Alert changes read at once.
const ENTRIES_MAX: usize = 200;
/// Bytes of them.
const BYTES_MAX: usize = 256 * 1024;
/// How long to leave a journal alone that could not be read.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Runs until `cancel`.
pub(super) async fn run(reader: Reader, recorder: Handle, publisher: Publisher, cancel: CancellationToken) {
    let mut newest = recorder.newest();
    let mut after = match reader.cursor(CURSOR) {
        Ok(Some(seq)) => seq,
        // A gateway that never told anybody starts with now: old news would be taken for new.
        Ok(None) => *newest.borrow(),
        Err(fault) => {
            tracing::error!(%fault, "alerts are not told on MQTT");
            return;
        }
    };
    loop {
        match page(&reader, after).await {
            Ok(page) => {
                for row in &page.rows {
                    let payload = row.body.clone().into_bytes();
                    publisher.publish(Outgoing { topic: ALERT_TOPIC.to_owned(), payload }).await;
                }
                if !page.rows.is_empty() {
                    recorder.save_cursor(CURSOR, page.upto);
                    after = page.upto;
                    continue;
                }
                after = page.upto;
            }
            Err(fault) => {
                tracing::warn!(%fault, "alerts could not be read; trying again");
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            changed = newest.changed() => if changed.is_err() { return },
        }
    }
}

async fn page(reader: &Reader, after: Seq) -> anyhow::Result<Page> {
    let reader = reader.clone();
    let read = move || reader.read(Lane::Kind(Kind::Alert), after, ENTRIES_MAX, BYTES_MAX);
    Ok(tokio::task::spawn_blocking(read).await?.map_err(|fault: JournalFault| fault)?)
}
