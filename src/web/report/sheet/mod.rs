//! The report in words: sections of figures and tables in the reader's language, the same for the page and for the
//! spreadsheet.
//!
//! Promises that every figure stands with its unit, that what is not known says so, and that a section of which nothing is
//! known says that instead of showing empty tables. Measures nothing.

mod data;
mod guests;
mod movers;
mod troubles;

use serde::Serialize;

use super::DayReport;
use super::day::ReportDay;
use super::figures::Spread;
use super::words::{Both, Language};

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sheet {
    pub language: &'static str,
    pub title: String,
    /// Site, date, zone, and up to when it is told.
    pub about: Vec<String>,
    pub sections: Vec<Section>,
}

/// One subject.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Section {
    pub title: &'static str,
    /// Why there is nothing in it.
    pub nothing: Option<&'static str>,
    pub figures: Vec<Figure>,
    pub tables: Vec<Table>,
    pub charts: Vec<Chart>,
    /// What the figures mean.
    pub notes: Vec<String>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Figure {
    pub label: &'static str,
    pub value: Cell,
    pub unit: &'static str,
}

/// Figures of many.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Table {
    pub caption: &'static str,
    pub columns: Vec<Column>,
    /// The first cell of each is who or what it is about.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table, and the unit of what stands in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Column {
    pub label: &'static str,
    pub unit: &'static str,
}

/// What stands in one place.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "is", content = "text", rename_all = "snake_case")]
pub(super) enum Cell {
    Text(String),
    Number(String),
    /// Nobody knows; the words for it.
    NoData(&'static str),
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Chart {
    pub caption: &'static str,
    pub unit: &'static str,
    /// Whether each item is a column from left to right; else a lane from top to bottom.
    pub upright: bool,
    pub items: Vec<String>,
    pub series: Vec<Series>,
}

/// One part of each item, stacked on the parts before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Series {
    pub name: &'static str,
    pub look: Look,
    pub values: Vec<f64>,
}

/// Colour means state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Look {
    /// As it should be.
    Plain,
    /// Look.
    Amber,
    /// Act.
    Red,
    /// Less of interest than what stands beside it.
    Quiet,
    /// Unknown: an outline.
    Hollow,
}

/// Writes a report in words.
pub(super) fn write(report: &DayReport, day: &ReportDay, language: Language) -> Sheet {
    let pen = Pen { language, day };
    let site = &report.site;
    let name = if site.name.is_empty() { &site.id } else { &site.name };
    let mut about = vec![name.clone(), format!("{} ({})", report.day, site.time_zone)];
    if report.until < report.to {
        let clock = day.clock(report.until);
        about.push(pen.say((format!("The day so far, up to {clock}"), format!("当日截至 {clock}"))));
    }
    if report.quality.entries == 0 {
        about.push(pen.say(("Nothing was recorded on this day.", "当日没有任何记录。")).to_owned());
    }
    Sheet {
        language: language.tag(),
        title: pen.say((format!("Day report {}", report.day), format!("接待日报 {}", report.day))),
        about,
        sections: vec![
            guests::punctuality(&pen, &report.punctuality),
            guests::check_in(&pen, &report.check_in),
            movers::vehicles(&pen, &report.fleet),
            movers::rooms(&pen, &report.rooms),
            troubles::alerts(&pen, &report.alerts, report.quality.entries > 0),
            data::quality(&pen, &report.quality),
            data::conservation(&pen, report.conservation.as_ref()),
        ],
    }
}

/// What everything is written with.
struct Pen<'a> {
    language: Language,
    day: &'a ReportDay,
}

impl Pen<'_> {
    fn say<T>(&self, both: (T, T)) -> T {
        self.language.of(both)
    }

    fn column(&self, label: Both, unit: Both) -> Column {
        Column { label: self.say(label), unit: self.say(unit) }
    }

    fn figure(&self, label: Both, value: Cell, unit: Both) -> Figure {
        Figure { label: self.say(label), value, unit: self.say(unit) }
    }

    fn no_data(&self) -> Cell {
        Cell::NoData(self.language.no_data())
    }

    /// A number, or that there is none.
    fn maybe<T: ToString>(&self, value: Option<T>) -> Cell {
        value.map_or_else(|| self.no_data(), number)
    }

    /// Seconds as minutes, to a tenth.
    fn as_minutes(&self, seconds: Option<u32>) -> Cell {
        self.maybe(seconds.map(|seconds| super::figures::tenths(f64::from(seconds) / 60.0)))
    }

    /// Middle and ninth of ten in minutes.
    fn two_of(&self, spread: &Spread) -> [Cell; 2] {
        [self.as_minutes(spread.median_s), self.as_minutes(spread.p90_s)]
    }
}

#[allow(clippy::needless_pass_by_value)] // Figures are small, and handed on by `map`.
fn number(value: impl ToString) -> Cell {
    Cell::Number(value.to_string())
}

fn text(value: impl Into<String>) -> Cell {
    Cell::Text(value.into())
}

/// Counts of things have no unit but themselves.
const COUNT: Both = ("", "");
const PERCENT: Both = ("%", "%");
const MIN: Both = ("min", "分钟");
const SECONDS: Both = ("s", "秒");
const KM: Both = ("km", "公里");
