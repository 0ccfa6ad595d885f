//! The report as a page to read and to print: one file that needs nothing else.
//!
//! Promises that nothing in it comes from anywhere else, that it runs no script, and that every text of the plan or a device
//! is escaped. Measures nothing: see `sheet`.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, context};

use super::DayReport;
use super::charts;
use super::day::ReportDay;
use super::sheet;
use super::words::Language;

const STYLE: &str = include_str!("page.css");
const PAGE: &str = include_str!("page.html");

/// What a browser may do with the page: apply its one style sheet, and be shown within the dashboard. Nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
});

/// The content security policy for the page.
pub fn policy() -> &'static str {
    &POLICY
}

/// The report as HTML.
///
/// # Errors
/// When the page's own template is wrong, which its test would have told.
pub fn to_html(report: &DayReport, day: &ReportDay, language: Language) -> Result<String, minijinja::Error> {
    let sheet = sheet::write(report, day, language);
    let drawn: Vec<Vec<Option<Value>>> = sheet
        .sections
        .iter()
        .map(|section| section.charts.iter().map(|chart| charts::draw(chart).map(Value::from_safe_string)).collect())
        .collect();
    let mut pages = Environment::new();
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    pages.add_template("page", PAGE)?;
    let style = Value::from_safe_string(STYLE.to_owned());
    pages.get_template("page")?.render(context! { sheet, drawn, style })
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
