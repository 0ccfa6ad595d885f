//! The day's report: how punctual guests were, how check-in, vehicles and rooms fared, what was the matter, and how good
//! the data are that say so.
//!
//! Promises that a figure of which nothing is known is absent (`null`, "no data"), never 0 and never 100 %, and that a
//! report is read in short turns, one entry after the other, beside the recorder and without it. Figures are keys and
//! numbers; words are made of them in `sheet`. Decides nothing about the day: it counts what was recorded and judged.

mod alerts;
mod by_hand;
mod charts;
mod check_in;
mod csv;
mod day;
mod figures;
pub(super) mod ground;
mod html;
mod punctuality;
mod quality;
mod rooms;
mod sheet;
mod take;
mod tally;
mod terms;
mod track;
mod vehicles;
mod words;

#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

use crate::conservation::Conservation;
use crate::facts::Timestamp;

pub use alerts::{AlertFigures, AlertsFigures, HourFigures, Repeater};
pub use check_in::{CheckInFigures, KioskFigures, Quarter};
pub use csv::to_csv;
pub use day::{DayFault, ReportDay};
pub use figures::Spread;
pub use html::{policy, to_html};
pub use punctuality::{PunctualityFigures, VisitFigures};
pub use quality::{DeviceFigures, QualityFigures};
pub use rooms::{QuantityFigures, RoomFigures, RoomsFigures};
pub use take::take;
pub use vehicles::{FleetFigures, PickUpFigures, VehicleFigures};
pub use words::Language;

/// A day in figures. Every figure has its unit in its name (`_min` minutes, `_s` seconds, `_km`, `_percent`); null means
/// no data.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DayReport {
    /// The date at the site, as `2026-11-30`.
    pub day: String,
    /// Where.
    pub site: ReportSite,
    /// The day's first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// It is told up to here: the end of the day, or the moment of the report.
    pub until: Timestamp,
    /// How punctual guests were.
    pub punctuality: PunctualityFigures,
    /// How check-in went.
    pub check_in: CheckInFigures,
    /// What vehicles did.
    #[serde(rename = "vehicles")]
    pub fleet: FleetFigures,
    /// How rooms were.
    pub rooms: RoomsFigures,
    /// What was the matter.
    pub alerts: AlertsFigures,
    /// How good the data are.
    pub quality: QualityFigures,
    /// What became of everything that was heard since the gateway started, up to the moment of the report; null where
    /// no running gateway tells it, or it started after the day.
    pub conservation: Option<Conservation>,
}

/// Where a report is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportSite {
    /// The site's short name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// IANA name of its time zone.
    pub time_zone: String,
}
