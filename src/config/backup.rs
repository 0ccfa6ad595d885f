//! `[backup]`: when the journal is copied, where to, and how many copies stay.

use std::path::Path;

use jiff::civil::Time;

use crate::document::Fields;

use super::settings::BackupConfig;
use super::values::path;

/// More backups than one a day for two years are an archive, not a rotation.
const KEEP_MAX: i64 = 730;

/// Reads `[backup]`.
pub(super) fn read(root: &Fields<'_>, folder: &Path) -> BackupConfig {
    let default = BackupConfig::default();
    let fields = root.table("backup", &["enabled", "dir", "at", "keep"]);
    BackupConfig {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        dir: path(&fields, "dir", folder),
        at: time_of_day(&fields).unwrap_or(default.at),
        keep: fields.whole("keep", &(1..=KEEP_MAX)).map_or(default.keep, |keep| keep as u32),
    }
}

/// Hours and minutes, as a clock shows them.
fn time_of_day(fields: &Fields<'_>) -> Option<Time> {
    let text = fields.raw_text("at")?;
    let read = text.trim().split_once(':').and_then(|(hour, minute)| {
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let (hour, minute) = (digits(hour).then_some(hour)?, digits(minute).then_some(minute)?);
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    });
    if read.is_none() {
        let what = format!("\"{text}\" is not a time of day");
        fields.fault("at", what, "write hours and minutes of the site's clock, 00:00 to 23:59: \"04:00\"");
    }
    read
}
