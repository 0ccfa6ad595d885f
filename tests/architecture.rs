//! The house rule: who may import whom, how large a file may be, and what the pure modules must not touch.
//!
//! Reads the sources as text. A rule is changed only with its reason in the commit.

#![allow(clippy::unwrap_used)] // A test that cannot read its sources should stop there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of more lines holds two ideas.
const LINES_MAX: usize = 450;

/// What each top-level module may name of the others.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("facts", &[]),
    ("clock", &["facts"]),
    ("backoff", &["facts"]),
    ("counters", &["facts"]),
    ("document", &["facts"]),
    ("plan", &["facts", "document"]),
    ("rules", &["facts"]),
    ("journal", &["facts"]),
    ("conservation", &["facts", "counters", "journal"]),
    ("recorder", &["facts", "clock", "counters", "journal", "rules"]),
    ("devices", &["facts", "plan", "clock", "backoff", "counters", "recorder", "journal"]),
    ("sinks", &["facts", "plan", "clock", "backoff", "counters", "recorder", "journal"]),
    // `web` shows the conservation report as it is drawn.
    ("web", &["facts", "plan", "clock", "backoff", "counters", "conservation", "recorder", "journal"]),
    ("config", &["facts", "document", "plan", "rules", "recorder", "devices", "sinks", "web"]),
];

/// Words that must not stand in a module, each with the reason.
const BANNED: &[(&[&str], &[&str], &str)] = &[
    (
        &["facts", "rules"],
        &[
            "f32",
            "f64",
            "HashMap",
            "HashSet",
            "tokio",
            "rusqlite",
            "SystemTime",
            "Instant",
            "std::fs",
            "std::net",
            "rand",
        ],
        "the same entries must give the same bytes on any machine",
    ),
    (
        &["plan", "document", "backoff"],
        &["tokio", "rusqlite", "SystemTime", "Instant"],
        "pure: time and chance are arguments",
    ),
    (
        &["journal"],
        &["tokio::", "std::thread", "axum", "rmqtt", "reqwest"],
        "the truth starts no thread and knows no network",
    ),
    (
        &["recorder"],
        &["axum", "rmqtt", "rumqttc", "reqwest", "TcpStream", "rusqlite"],
        "the recorder knows no network and no SQL",
    ),
    (&["devices", "sinks", "web", "config", "cli"], &["rusqlite", "SELECT ", "INSERT "], "SQL lives in the journal"),
];

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !matches!(path.file_name().and_then(|n| n.to_str()), Some("node_modules" | "dist" | "target")) {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The code of a file without comments and without its test module.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("#[cfg(test)]")
            && lines.peek().is_some_and(|next| next.trim_start().starts_with("mod "))
        {
            break;
        }
        let line = line.trim_start();
        if !line.starts_with("//") {
            out.push_str(line.split(" // ").next().unwrap_or(line));
            out.push('\n');
        }
    }
    out
}

/// `src/devices/mqtt/client.rs` belongs to `devices`, `src/clock.rs` to `clock`.
fn module_of(path: &Path) -> String {
    let inner = path.strip_prefix(root().join("src")).unwrap();
    let first = inner.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn is_tests(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_str().is_some_and(|s| s == "tests" || s.ends_with("_tests")))
        || path.components().any(|part| part.as_os_str() == "tests")
}

fn product_sources() -> Vec<PathBuf> {
    let src = root().join("src");
    sources(&src).into_iter().filter(|path| !is_tests(path.strip_prefix(&src).unwrap())).collect()
}

/// The modules that `code` names with `crate::`, also within `crate::{…}`.
fn named_modules(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = true;
            for (place, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => item = true,
                    c if item && c.is_ascii_alphabetic() => {
                        names.push(word(&group[place..]));
                        item = false;
                    }
                    _ => {}
                }
            }
        } else {
            names.push(word(rest));
        }
    }
    names
}

#[test]
fn modules_name_only_whom_they_may() {
    let may: BTreeMap<&str, &[&str]> = MAY_NAME.iter().copied().collect();
    let mut faults = Vec::new();
    for path in product_sources() {
        let module = module_of(&path);
        let Some(allowed) = may.get(module.as_str()) else { continue };
        for name in named_modules(&code(&path)) {
            let is_module = may.contains_key(name.as_str()) || matches!(name.as_str(), "app" | "cli" | "main");
            if is_module && name != module && !allowed.contains(&name.as_str()) {
                faults.push(format!("{}: {module} must not name {name}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_has_its_row() {
    for path in product_sources() {
        let module = module_of(&path);
        let known = MAY_NAME.iter().any(|(name, _)| *name == module)
            || matches!(module.as_str(), "lib" | "main" | "app" | "cli");
        assert!(known, "{} is a new module: say here whom it may name", path.display());
    }
}

#[test]
fn pure_modules_stay_pure() {
    let mut faults = Vec::new();
    for path in product_sources() {
        let (module, code) = (module_of(&path), code(&path));
        for (modules, words, reason) in BANNED {
            for word in words.iter().filter(|_| modules.contains(&module.as_str())) {
                let standing_alone = code.match_indices(word).any(|(at, _)| {
                    let before = code[..at].chars().next_back();
                    let after = code[at + word.len()..].chars().next();
                    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                    !joins(before) && (word.ends_with([' ', ':']) || !joins(after))
                });
                if standing_alone {
                    faults.push(format!("{}: `{}` ({reason})", path.display(), word.trim()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn one_file_knows_each_link_library() {
    let homes = [
        (
            "rmqtt",
            &[
                "src/devices/mqtt/connections.rs",
                "src/devices/mqtt/listener.rs",
                "src/devices/mqtt/retain.rs",
                "src/devices/mqtt/sessions.rs",
            ][..],
        ),
        ("rumqttc", &["src/devices/mqtt/client.rs", "src/devices/mqtt/outlet.rs", "src/sinks/notify/mqtt.rs"][..]),
        ("lettre::transport", &["src/sinks/notify/mail.rs"][..]),
        ("tokio_serial", &["src/devices/serial/mod.rs"][..]),
    ];
    for path in product_sources() {
        let code = code(&path);
        let place = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        for (library, places) in homes {
            let named = code.contains(&format!("{library}::"));
            assert!(!named || places.contains(&place.as_str()), "{place} names {library}; only {places:?} may");
        }
    }
}

#[test]
fn files_hold_one_idea() {
    let mut faults = Vec::new();
    let all = [root().join("src"), root().join("firmware-sim"), root().join("tests")];
    for path in all.iter().flat_map(|dir| sources(dir)) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{}: {lines} lines, at most {LINES_MAX}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_simulated_devices_never_import_the_gateway() {
    let manifest = fs::read_to_string(root().join("firmware-sim/Cargo.toml")).unwrap();
    assert!(!manifest.contains("portico"), "firmware-sim reads the contract for itself");
    for path in sources(&root().join("firmware-sim")) {
        assert!(!code(&path).contains("portico::"), "{}", path.display());
    }
}

#[test]
fn the_reader_of_sources_sees_what_it_should() {
    assert_eq!(named_modules("use crate::{facts::{A, B}, rules};\ncrate::web::x()"), ["facts", "rules", "web"]);
    assert_eq!(named_modules("use crate::facts::Name;"), ["facts"]);
}
