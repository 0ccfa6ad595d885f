//! Kinds of values that several sections write: addresses, sizes, topics, paths and the files behind them.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::document::{Fields, Value};
use crate::web::{self, TilesFault};

/// A path longer than this is a slip.
const PATH_CHARS_MAX: usize = 1_000;
/// A topic filter longer than this is a slip.
const TOPIC_CHARS_MAX: usize = 500;
/// A larger secret file is something else.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// An address of loopback. Anything else is refused as long as nobody has to say who they are.
pub(super) fn loopback(fields: &Fields<'_>, key: &str, default: SocketAddr) -> SocketAddr {
    let Some(text) = fields.raw_text(key) else { return default };
    let Ok(address) = text.trim().parse::<SocketAddr>() else {
        let hint = format!("write address and port: \"{default}\"");
        fields.fault(key, format!("\"{text}\" is not an address"), hint);
        return default;
    };
    if !address.ip().is_loopback() {
        let what = format!("{} is not a loopback address, and there are no users in this version", address.ip());
        let hint = format!(
            "write \"127.0.0.1:{}\", and let others in through a reverse proxy or tunnel that asks who they are",
            address.port()
        );
        fields.fault(key, what, hint);
    }
    address
}

/// A size in bytes: a number, or a text with a unit (`"256KiB"`).
pub(super) fn size(fields: &Fields<'_>, key: &str, range: &RangeInclusive<u32>, default: u32) -> u32 {
    let range = u64::from(*range.start())..=u64::from(*range.end());
    large_size(fields, key, &range, default.into()) as u32
}

/// A size that may be larger than 4 GiB.
pub(super) fn large_size(fields: &Fields<'_>, key: &str, range: &RangeInclusive<u64>, default: u64) -> u64 {
    let Some(node) = fields.node(key) else { return default };
    let (text, bytes) = match &node.value {
        Value::Number(text) => (text.as_str(), text.parse::<u64>().ok()),
        Value::Text(text) => (text.as_str(), parse_size(text)),
        Value::Null | Value::Flag(_) | Value::Moment(_) | Value::List(_) | Value::Table(_) => ("", None),
    };
    let hint = format!("take a size from {} to {}", shown_size(*range.start()), shown_size(*range.end()));
    let Some(bytes) = bytes else {
        let what = format!("\"{key}\" is not a size");
        fields.fault(key, what, format!("write bytes as a number or \"256KiB\", \"1MiB\"; {hint}"));
        return default;
    };
    if range.contains(&bytes) {
        bytes
    } else {
        fields.fault(key, format!("\"{key}\" is {text}, out of range"), hint);
        default
    }
}

fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn shown_size(bytes: u64) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 30) => format!("{}GiB", bytes >> 30),
        bytes if bytes.is_multiple_of(1 << 20) => format!("{}MiB", bytes >> 20),
        bytes if bytes.is_multiple_of(1 << 10) => format!("{}KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

/// A path, relative to the folder of the configuration.
pub(super) fn path(fields: &Fields<'_>, key: &str, folder: &Path) -> Option<PathBuf> {
    fields.text(key, PATH_CHARS_MAX).map(|text| folder.join(text))
}

/// A file that holds a secret alone: it must be there, not be empty, and not be everybody's to read.
pub(super) fn secret_file(fields: &Fields<'_>, key: &str, folder: &Path) -> Option<PathBuf> {
    let file = path(fields, key, folder)?;
    let metadata = match std::fs::metadata(&file) {
        Ok(metadata) => metadata,
        Err(error) => {
            let what = format!("this file cannot be used: {}", super::io_words(&error));
            fields.fault(key, what, "write the secret alone into it, and let only the user that runs portico read it");
            return None;
        }
    };
    if !metadata.is_file() || metadata.len() == 0 || metadata.len() > SECRET_BYTES_MAX {
        fields.fault(key, "this is not a file with a secret in it", "write the secret alone into it, on one line");
        return None;
    }
    if open_to_all(&metadata) {
        let what = "everybody on this machine may read this secret";
        fields.fault(key, what, format!("chmod 600 {}", fields.raw_text(key).unwrap_or_default()));
        return None;
    }
    Some(file)
}

/// A file of map tiles, which must be there and be one.
pub(super) fn tiles(fields: &Fields<'_>, key: &str, folder: &Path) -> Option<PathBuf> {
    let file = path(fields, key, folder)?;
    let Err(fault) = web::check_tiles(&file) else { return Some(file) };
    let (what, hint) = match fault {
        TilesFault::Unreadable(error) => (
            format!("the file of map tiles cannot be read: {}", super::io_words(&error)),
            "correct the path (it begins at the folder of this file), or take the key out: the map then draws zones and \
             tracks alone",
        ),
        fault @ TilesFault::Other => {
            (fault.to_string(), "take a PMTiles file of version 3; `pmtiles convert` makes one of MBTiles")
        }
        fault @ TilesFault::Version(_) => (fault.to_string(), "make it anew with a newer `pmtiles convert`"),
        fault @ TilesFault::CutOff { .. } => (fault.to_string(), "copy the file once more"),
    };
    fields.fault(key, what, hint);
    None
}

#[cfg(unix)]
fn open_to_all(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn open_to_all(_: &std::fs::Metadata) -> bool {
    false
}

/// A topic filter by the rules of MQTT (section 4.7 of both versions): `+` alone in its level, `#` alone in the last.
pub(super) fn topic_filter(fields: &Fields<'_>, key: &str) -> Option<String> {
    let topic = fields.text(key, TOPIC_CHARS_MAX)?;
    let levels: Vec<&str> = topic.split('/').collect();
    let wild = |level: &&str| level.len() > 1 && level.contains(['+', '#']);
    if let Some(level) = levels.iter().find(|level| wild(level)) {
        let what = format!("\"{level}\" mixes a wildcard with other signs");
        fields.fault(key, what, "+ stands for one whole level, # for all the rest: home/+/state, home/#");
    } else if levels.iter().rev().skip(1).any(|level| *level == "#") {
        fields.fault(key, "# stands in the middle of the topic", "# comes last; one level in the middle is +");
    } else if topic == "#" {
        fields.fault(key, "# alone is every message of the broker", "name the sensor's own topic");
    } else {
        return Some(topic);
    }
    None
}

/// A URL with one of the schemes, without user and password in it.
pub(super) fn url(fields: &Fields<'_>, key: &str, schemes: &[&str], example: &str) -> Option<reqwest::Url> {
    let text = fields.raw_text(key)?.trim();
    if !text.contains("://") {
        fields.fault(key, "the URL does not say how to get there", format!("write it as \"{example}\""));
        return None;
    }
    let Ok(url) = reqwest::Url::parse(text) else {
        fields.fault(key, "this is not a URL", format!("write it as \"{example}\""));
        return None;
    };
    if !schemes.contains(&url.scheme()) {
        let what = format!("\"{}\" is not a scheme that works here", url.scheme());
        fields.fault(key, what, format!("write it as \"{example}\""));
    } else if url.host_str().is_none_or(str::is_empty) {
        fields.fault(key, "the URL names no host", format!("write it as \"{example}\""));
    } else if !url.username().is_empty() || url.password().is_some() {
        let what = "the URL holds a user or password, where logs would show it";
        fields.fault(key, what, "take it out of the URL and put it in a file: see token_file and password_file");
    } else {
        return Some(url);
    }
    None
}
