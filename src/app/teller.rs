//! Tells every alert change on `reception/v1/alert`, at the built-in broker and at each existing one, after a cursor of
//! its own for each.
//!
//! At least once, in order; what was committed while the gateway was down is told at the next start.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::devices::mqtt::intake::Outgoing;
use crate::devices::mqtt::listener::Publisher;
use crate::devices::mqtt::outlet::Outlet;
use crate::devices::mqtt::topics::ALERT_TOPIC;
use crate::facts::{Kind, Seq};
use crate::journal::{JournalFault, Lane, Page, Reader};
use crate::recorder::Handle;

/// The cursor's name; that of an existing broker follows after a colon.
const CURSOR: &str = "mqtt.alert";
/// Alert changes read at once.
const ENTRIES_MAX: usize = 200;
/// Bytes of them.
const BYTES_MAX: usize = 256 * 1024;
/// How long to leave a journal alone that could not be read.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Where alerts are told.
pub(super) enum Audience {
    /// Whoever has subscribed at the built-in broker.
    BuiltIn(Publisher),
    /// Whoever has subscribed at the existing broker of this link.
    Existing(Outlet, String),
}

impl Audience {
    fn cursor(&self) -> String {
        match self {
            Self::BuiltIn(_) => CURSOR.to_owned(),
            Self::Existing(_, link) => format!("{CURSOR}:{link}"),
        }
    }

    /// Says whether it was told; an existing broker has acknowledged it then.
    async fn tell(&self, message: Outgoing) -> bool {
        match self {
            Self::BuiltIn(publisher) => {
                publisher.publish(message).await;
                true
            }
            Self::Existing(outlet, _) => outlet.deliver(message).await,
        }
    }
}

/// How long to rest after a look, at most the delay of an alert.
const REST: Duration = Duration::from_millis(50);

/// Runs until `cancel`.
pub(super) async fn run(reader: Reader, recorder: Handle, audience: Audience, cancel: CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = tell(reader, recorder, audience) => {}
    }
}

async fn tell(reader: Reader, recorder: Handle, audience: Audience) {
    let cursor = audience.cursor();
    let mut newest = recorder.newest();
    let mut after = match reader.cursor(&cursor) {
        Ok(Some(seq)) => seq,
        // A gateway that never told anybody starts with now, and remembers it: old news would be taken for new.
        Ok(None) => {
            let now = *newest.borrow();
            recorder.save_cursor(cursor.clone(), now);
            now
        }
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
                    if !audience.tell(Outgoing { topic: ALERT_TOPIC.to_owned(), payload }).await {
                        return;
                    }
                    recorder.save_cursor(cursor.clone(), row.seq);
                }
                after = page.upto;
                if !page.rows.is_empty() {
                    continue;
                }
            }
            Err(fault) => {
                tracing::warn!(%fault, "alerts could not be read; trying again");
                tokio::time::sleep(AGAIN_AFTER).await;
                continue;
            }
        }
        // A busy recorder is not followed commit by commit: one look tells everything that came meanwhile.
        tokio::time::sleep(REST).await;
        if newest.changed().await.is_err() {
            return;
        }
    }
}

async fn page(reader: &Reader, after: Seq) -> anyhow::Result<Page> {
    let reader = reader.clone();
    let read = move || reader.read(Lane::Kind(Kind::Alert), after, ENTRIES_MAX, BYTES_MAX);
    Ok(tokio::task::spawn_blocking(read).await?.map_err(|fault: JournalFault| fault)?)
}
