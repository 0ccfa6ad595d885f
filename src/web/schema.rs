//! How the plain facts look in the API's description. Facts name no library, so it is said for them here.
//!
//! Every list of words is exhaustive: a new variant does not compile before it is listed. That the objects have the
//! members that are really sent is a test's business.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::facts::plan::{Limits, Tier};
use crate::facts::{
    Alert, AlertState, ClockSource, ClockView, DeviceState, Direction, E7, Findings, GuestCounts, Kind, Measures,
    Metric, Milli, Name, NextKind, Note, OffLimits, Resolution, RoomState, RuleKind, Severity, Shelf, Subject,
    Timestamp, Value, VehicleState, Verdict, VisitState,
};
use crate::plan::{GuestCard, VerdictAnswer};

/// What was found out about an alert, with who wrote it and when.
pub(super) type FindingsMade = Findings<Note>;
/// The same as it is written.
pub(super) type FindingsWritten = Findings<String>;

/// How upstream stands: made by the sink that delivers to it, and only passed on here.
pub(super) struct Upstream;

/// How a notifier fares: made by the sink, and only passed on here.
pub(super) struct Notifier;

const UPSTREAM_STATES: [&str; 5] = ["off", "connected", "offline", "catching_up", "refused"];
const NOTIFIER_STATES: [&str; 4] = ["untried", "well", "failing", "refused"];

fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

fn words<T: Serialize>(all: impl IntoIterator<Item = T>) -> RefOr<Schema> {
    let words = all.into_iter().filter_map(|word| serde_json::to_value(word).ok());
    of(Type::String).enum_values(Some(words)).into()
}

macro_rules! words {
    ($($name:ident { $($variant:ident),+ $(,)? })+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                // Does nothing but fail to compile when a variant is missing from the list.
                const fn listed(word: $name) {
                    match word { $($name::$variant)|+ => () }
                }
                let all = [$($name::$variant),+];
                listed(all[0]);
                words(all)
            }
        }
        impl ToSchema for $name {}
    )+};
}

words! {
    Tier { Vip, Guest, Staff }
    Direction { Entry, Exit }
    Verdict { Admit, AdmitAgain, AlreadyIn, Left, NotFound, WrongDay, WrongPoint, Cancelled, NeedsAttention }
    VisitState { Expected, Late, Arrived, Left, Cancelled }
    VehicleState { Moving, Stationary, Stale, Offline }
    RoomState { Ok, Breach, Alert, Unknown }
    OffLimits { Low, High, Both }
    NextKind { Pickup, Trip }
    DeviceState { Online, Offline, Silent, NoFix, Unknown }
    ClockSource { Ntp, Gps, Operator, System, None }
    Severity { Info, Warning, Critical }
    AlertState { Pending, Firing, Acknowledged, Shelved, Resolved }
    Resolution {
        Arrived, ArrivedLate, ReportedLate, Cancelled, Cleared, Moved, Heard, RuleChanged, PlanChanged, Operator,
        Left, Received, Over, Unknown,
    }
}

macro_rules! said {
    ($($name:ty as $called:literal: $schema:expr;)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($called)
            }
        }
    )+};
}

said! {
    Kind as "Kind": of(Type::String).enum_values(Some(Kind::ALL.iter().map(|kind| kind.word())));
    RuleKind as "RuleKind": of(Type::String).enum_values(Some(RuleKind::ALL.iter().map(|rule| rule.word())));
    Name as "Name": of(Type::String).min_length(Some(1)).description(Some("A short name: up to 128 bytes of printable text"));
    Subject as "Subject": of(Type::String).description(Some("`kind/name`, as `guest/G-1`, `sensor/lobby/t1`; or `gateway`"));
    Timestamp as "Timestamp": of(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("RFC 3339; taken with any offset, given in UTC with milliseconds"));
    Milli as "Milli": of(Type::Number).description(Some("With up to three digits after the point"));
    E7 as "E7": of(Type::Number).description(Some("With up to seven digits after the point"));
    Measures as "Measures": measures();
    Value as "Value": OneOfBuilder::new().item(of(Type::Number)).item(of(Type::String));
}

/// Any subset of the quantities, each a number.
fn measures() -> ObjectBuilder {
    Metric::ALL.iter().fold(of(Type::Object), |object, metric| object.property(metric.word(), of(Type::Number)))
}

fn list(of: RefOr<Schema>) -> RefOr<Schema> {
    ArrayBuilder::new().items(of).into()
}

fn or_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    OneOfBuilder::new().item(of(Type::Null)).item(schema).into()
}

/// What was found out about an alert, each part of this shape and none of them required.
fn findings(part: &RefOr<Schema>) -> ObjectBuilder {
    object(vec![], Findings::<()>::default().each().map(|(name, _)| (name, part.clone())).into())
}

/// Members that are always there, and members that may be absent.
fn object(always: Vec<(&str, RefOr<Schema>)>, at_times: Vec<(&str, RefOr<Schema>)>) -> ObjectBuilder {
    let object = at_times.into_iter().fold(of(Type::Object), |object, (name, schema)| object.property(name, schema));
    always.into_iter().fold(object, |object, (name, schema)| object.property(name, schema).required(name))
}

said! {
    GuestCounts as "GuestCounts": object(
        ["expected", "arrived", "late", "left", "cancelled"].map(|name| (name, u32::schema())).into(),
        vec![],
    );
    Limits as "Limits": object(vec![], vec![("low", Milli::schema()), ("high", Milli::schema())]);
    ClockView as "Clock": object(
        vec![
            ("trusted", bool::schema()),
            ("source", ClockSource::schema()),
            ("reason", or_null(String::schema())),
        ],
        vec![],
    );
    Upstream as "Upstream": object(
        vec![
            ("state", of(Type::String).enum_values(Some(UPSTREAM_STATES)).into()),
            ("backlog", u64::schema()),
            ("acknowledged_seq", or_null(u64::schema())),
            ("since", or_null(Timestamp::schema())),
            ("reason", or_null(String::schema())),
        ],
        vec![
            ("parked", u64::schema()),
            ("offline_since", or_null(Timestamp::schema())),
            ("rate_per_s", or_null(u64::schema())),
            ("eta_s", or_null(u64::schema())),
        ],
    );
    Notifier as "Notifier": object(
        vec![
            ("name", Name::schema()),
            ("kind", String::schema()),
            ("state", of(Type::String).enum_values(Some(NOTIFIER_STATES)).into()),
            ("reason", or_null(String::schema())),
            ("told_at", or_null(Timestamp::schema())),
            ("told", u64::schema()),
        ],
        vec![],
    );
    VerdictAnswer<'_> as "VerdictAnswer": object(
        vec![
            ("scan_id", Name::schema()),
            ("verdict", Verdict::schema()),
            ("guest", or_null(GuestCard::schema())),
            ("late_by_s", i64::schema()),
            ("at", Timestamp::schema()),
        ],
        vec![],
    );
    GuestCard<'_> as "GuestCard": object(
        vec![
            ("name", or_null(String::schema())),
            ("tier", Tier::schema()),
            ("greeting", or_null(String::schema())),
            ("needs", list(String::schema())),
            ("place", or_null(Name::schema())),
            ("host", or_null(String::schema())),
        ],
        vec![],
    );
    Note as "Note": object(
        vec![("at", Timestamp::schema()), ("by", Name::schema()), ("text", String::schema())],
        vec![],
    );
    Shelf as "Shelf": object(
        vec![
            ("at", Timestamp::schema()),
            ("until", Timestamp::schema()),
            ("by", Name::schema()),
            ("reason", String::schema()),
        ],
        vec![("for", String::schema()), ("ended_at", Timestamp::schema())],
    );
    FindingsMade as "Findings": findings(&Note::schema());
    FindingsWritten as "FindingsWritten": findings(
        &of(Type::String).max_length(Some(Findings::<String>::CHARS_MAX)).into(),
    );
    Alert as "Alert": object(
        vec![
            ("id", Name::schema()),
            ("rule", RuleKind::schema()),
            ("subject", Subject::schema()),
            ("severity", Severity::schema()),
            ("state", AlertState::schema()),
            ("at", Timestamp::schema()),
            ("cause", or_null(u64::schema())),
            ("pending_at", Timestamp::schema()),
            ("fired_at", or_null(Timestamp::schema())),
            ("acknowledged_at", or_null(Timestamp::schema())),
            ("acknowledged_by", or_null(Name::schema())),
            ("resolved_at", or_null(Timestamp::schema())),
            ("resolution", or_null(Resolution::schema())),
            ("values", of(Type::Object).additional_properties(Some(AdditionalProperties::from(Value::schema()))).into()),
            ("notes", list(Note::schema())),
        ],
        vec![("shelf", Shelf::schema()), ("findings", Findings::<Note>::schema())],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members that a value really has are those that are described; the required ones are there.
    fn check<T: ToSchema + Serialize>(value: &T) {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let sent = serde_json::to_value(value).unwrap();
        let described = schema["properties"].as_object().unwrap();
        for name in sent.as_object().unwrap().keys() {
            assert!(described.contains_key(name), "{} sends {name}", T::name());
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(sent.get(name.as_str().unwrap()).is_some(), "{} lacks {name}", T::name());
        }
    }

    #[test]
    fn what_is_described_is_what_is_sent() {
        let alert = concat!(
            r#"{"id":"A-1","rule":"room_climate","subject":"room/lobby","severity":"warning","state":"firing","#,
            r#""at":"2026-11-23T02:22:20.412Z","cause":null,"pending_at":"2026-11-23T02:17:20.412Z","fired_at":null,"#,
            r#""acknowledged_at":null,"acknowledged_by":null,"shelf":{"at":"2026-11-23T02:22:20.412Z","#,
            r#""until":"2026-11-23T02:32:20.412Z","for":"10m","by":"li","reason":"x","#,
            r#""ended_at":"2026-11-23T02:32:20.412Z"},"#,
            r#""resolved_at":null,"resolution":null,"values":{"limit":27},"#,
            r#""notes":[{"at":"2026-11-23T02:22:20.412Z","by":"li","text":"x"}],"#,
            r#""findings":{"cause":{"at":"2026-11-23T02:22:20.412Z","by":"li","text":"x"}}}"#
        );
        let alert: Alert = serde_json::from_str(alert).unwrap();
        check(&alert);
        check(&alert.notes[0]);
        check(alert.shelf.as_ref().unwrap());
        check(&alert.findings);
        check(&GuestCounts::default());
        check(&Limits { low: Some(Milli::from_whole(18)), high: Some(Milli::from_whole(27)) });
        check(&ClockView { trusted: true, source: ClockSource::Ntp, reason: None });
        let words = serde_json::to_value(AlertState::schema()).unwrap();
        assert_eq!(words["enum"].to_string(), r#"["pending","firing","acknowledged","shelved","resolved"]"#);
    }
}
