//! The report as a page to read and to print: one file that needs nothing else.
//!
//! Promises that nothing in it comes from anywhere else, that it runs no script, and that every text of the plan or a device
//! is escaped. Measures nothing: see `sheet`.

use std::sync::LazyLock;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, context};

use super::DayReport;
use super::charts;
use super::day::ReportDay;
use super::sheet;
use super::words::Language;
use crate::web::policy;

const STYLE: &str = include_str!("page.css");
const PAGE: &str = include_str!("page.html");

/// The dashboard shows the page within one of its own.
static POLICY: LazyLock<String> = LazyLock::new(|| policy::standing_alone(STYLE, "'self'"));

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
