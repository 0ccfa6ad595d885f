//! Builds the dashboard into the binary's build folder and names the place in `PORTICO_UI_DIST`.
//! Without the feature `dashboard` it does nothing. Never writes to `src` except `node_modules`, which npm keeps there.
//!
//! The result goes to a folder named by the content of the sources, so the variable's value changes exactly when the
//! dashboard does, and rustc builds again whatever embeds it. It is read with
//! `#[derive(rust_embed::RustEmbed)] #[folder = "$PORTICO_UI_DIST"]`, which needs rust-embed's feature
//! `interpolate-folder-path`.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const UI: &str = "src/web/ui";

/// Everything the result depends on. Tests and development aids are not among it.
const SOURCES: [&str; 9] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "compress.ts",
    "tsconfig.json",
    ".npmrc",
];

/// What a failed tool said last is what explains the failure; all of it would bury the sentence.
const LINES_SHOWN: usize = 40;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_DASHBOARD").is_none() {
        return;
    }
    for source in SOURCES {
        println!("cargo::rerun-if-changed={UI}/{source}");
    }
    match build() {
        Ok(dist) => println!("cargo::rustc-env=PORTICO_UI_DIST={}", dist.display()),
        // Cargo fails the build on this line; a failing exit code would bury it under everything printed above.
        Err(reason) => println!("cargo::error={reason}"),
    }
}

/// The folder that holds the built dashboard: made now, or by an earlier build of the same sources.
fn build() -> Result<PathBuf, String> {
    let ui = folder("CARGO_MANIFEST_DIR")?.join(UI);
    let content = content_hash(&ui).map_err(|why| format!("cannot read the dashboard's sources in {UI}: {why}"))?;
    let dist = folder("OUT_DIR")?.join("dashboard").join(format!("{content:016x}"));
    if dist.is_dir() {
        return Ok(dist);
    }
    // Two builds of one checkout (an editor's and one's own) must not run npm in the same folder at once.
    let lock_file = ui.join("package-lock.json");
    let lock = fs::File::open(&lock_file).map_err(|why| format!("cannot open {}: {why}", lock_file.display()))?;
    lock.lock().map_err(|why| format!("cannot lock {}: {why}", lock_file.display()))?;
    if !installed(&ui, &lock_file) {
        npm(&ui, &["ci".as_ref(), "--prefer-offline".as_ref()])?;
    }
    // Built beside its place and moved there whole: a build that was interrupted leaves nothing that looks finished.
    let half = dist.with_extension("half");
    let out = ["run", "build", "--", "--emptyOutDir", "--outDir"].map(OsStr::new);
    npm(&ui, &[&out[..], &[half.as_os_str()]].concat())?;
    embed_once(&half).map_err(|why| format!("cannot tidy up the built dashboard in {}: {why}", half.display()))?;
    match fs::rename(&half, &dist) {
        Err(why) if !dist.is_dir() => Err(format!("cannot put the dashboard at {}: {why}", dist.display())),
        Ok(()) | Err(_) => Ok(dist),
    }
}

/// A file that has a smaller form beside it is embedded in that form alone: see `compress.ts`, and `pages.rs` for who
/// takes no coding.
fn embed_once(dist: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    collect(dist, &mut files)?;
    for packed in files.iter().filter(|file| file.extension() == Some("gz".as_ref())) {
        fs::remove_file(packed.with_extension(""))?;
    }
    Ok(())
}

/// npm writes its own copy of the lock file at the end of an installation: one that is older than ours is another's.
fn installed(ui: &Path, lock_file: &Path) -> bool {
    let written = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
    match (written(&ui.join("node_modules/.package-lock.json")), written(lock_file)) {
        (Ok(there), Ok(wanted)) => there >= wanted,
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn npm(ui: &Path, arguments: &[&OsStr]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let said = Command::new(program).args(arguments).current_dir(ui).output().map_err(|why| {
        format!(
            "the dashboard is built with Node.js 20 or newer and its npm, which cannot be started here ({why}): \
             install it, or build without the dashboard with --no-default-features"
        )
    })?;
    if said.status.success() {
        return Ok(());
    }
    let command = arguments.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    for stream in [&said.stdout, &said.stderr] {
        let text = String::from_utf8_lossy(stream);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        for line in &lines[lines.len().saturating_sub(LINES_SHOWN)..] {
            println!("cargo::warning={line}");
        }
    }
    Err(format!(
        "`npm {command}` failed in {UI} ({}); what it said stands above. To build without the dashboard: \
         --no-default-features",
        said.status
    ))
}

fn folder(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("cargo did not set {variable}"))
}

/// Not for security, and not kept between versions of Rust: a changed value only builds once more.
fn content_hash(ui: &Path) -> io::Result<u64> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&ui.join(source), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(ui).unwrap_or(&file).hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
