//! The plain values that every module exchanges: what devices report, what is kept, what is shown.
//!
//! Integers with units, closed sets as enums, order everywhere. No input or output, no clock, no floating point,
//! nothing that depends on hash order: the same facts give the same bytes on any machine.

mod alert;
mod by_hand;
mod clock;
mod command;
mod decimal;
mod entry;
mod fact;
mod footing;
mod kind;
mod ledger;
mod measures;
mod names;
pub mod plan;
mod present;
mod reading;
mod time;

pub use alert::{Alert, AlertState, Note, Resolution, RuleKind, Severity, Value, Values};
pub use clock::{ClockFact, ClockSource};
pub use command::Command;
pub use decimal::{E7, Fixed, Milli, NumberFault};
pub use entry::{Entry, Hash, Report, Seq};
pub use fact::{
    BodyFault, DeviceReport, Direction, Fact, Gap, Incident, Part, Position, Presence, Rejected, Ruling, Scan, Verdict,
};
pub use footing::Footing;
pub use kind::Kind;
pub use ledger::{Aside, Findings, Shelf};
pub use measures::{Measures, Metric};
pub use names::{Name, NameFault, Subject, SubjectFault};
pub use present::{
    ClockView, DeviceState, DeviceView, GuestCounts, HandCheckIn, NextKind, NextStop, OffLimits, Present, RoomState,
    RoomView, VehicleState, VehicleView, VisitState, VisitView,
};
pub use reading::Reading;
pub use time::{Span, TimeFault, Timestamp};
