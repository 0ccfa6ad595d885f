//! `GET /api/v1/overview`: the whole present, with the names that people need beside the codes.
//!
//! Joins and writes; judges nothing. Where names were erased, the code is what remains.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::coding::Coding;
use super::problem::Problem;
use super::schema::{Notifier, Upstream};
use super::site::{Desk, Site, SiteView};
use super::squeeze;
use crate::facts::plan::{Limits, Tier};
use crate::facts::{
    Alert, ClockView, DeviceState, DeviceView, E7, GuestCounts, Measures, Metric, Milli, Name, NextKind, NextStop,
    OffLimits, Present, RoomState, RoomView, Seq, Subject, Timestamp, VehicleState, VehicleView, VisitState, VisitView,
};
use crate::plan::Directory;

/// Everything at one moment, after the commit of entry `seq`.
#[derive(Serialize, ToSchema)]
pub(super) struct Overview<'a> {
    /// The newest entry in it: the stream goes on from here.
    seq: Seq,
    /// The random word that the newest entry has before its number in events and streams.
    epoch: &'a str,
    /// The moment, by the gateway's clock.
    now: Timestamp,
    #[schema(value_type = ClockView)]
    clock: &'a ClockView,
    #[schema(value_type = SiteView)]
    site: &'a SiteView,
    /// Counts of the day's visits.
    guests: GuestCounts,
    /// The day's visits, by code.
    visits: Vec<VisitLine<'a>>,
    /// Every vehicle of the plan or heard.
    vehicles: Vec<VehicleLine<'a>>,
    /// Every room of the plan or heard.
    rooms: Vec<RoomLine<'a>>,
    /// Open alerts, oldest first.
    alerts: &'a [Alert],
    /// Every device.
    devices: Vec<DeviceLine<'a>>,
    #[schema(value_type = Upstream)]
    upstream: &'a RawValue,
    /// Who is told of alerts, and how that goes.
    #[schema(value_type = Vec<Notifier>)]
    notifiers: &'a RawValue,
    storage: Storage,
}

/// Whether what is reported can be kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Storage {
    /// While it cannot, nothing is acknowledged, and devices send again later.
    state: StorageState,
    /// Why not.
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StorageState {
    Ok,
    Failing,
}

/// As the recorder has it now.
pub(super) fn storage(site: &Site) -> Storage {
    let reason = site.recorder.not_keeping().map(|why| why.to_string());
    let state = if reason.is_some() { StorageState::Failing } else { StorageState::Ok };
    Storage { state, reason }
}

/// One visit.
#[derive(Serialize, ToSchema)]
#[schema(as = Visit)]
pub(super) struct VisitLine<'a> {
    #[schema(value_type = String)]
    code: &'a Name,
    /// None where the plan has none or it was erased.
    name: Option<&'a str>,
    tier: Tier,
    organisation: Option<&'a str>,
    expected_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    place: Option<&'a Name>,
    host: Option<&'a str>,
    host_contact: Option<&'a str>,
    needs: &'a [String],
    /// Fetched by.
    #[schema(value_type = Option<String>)]
    vehicle: Option<&'a Name>,
    arrived_at: Option<Timestamp>,
    /// Since when the guest waits to be received, where anybody is to be told of it.
    waits_since: Option<Timestamp>,
    received_at: Option<Timestamp>,
    /// Seconds after the expected time: at arrival, or up to now for who is not here; 0 when in time.
    late_by_s: i64,
    state: VisitState,
    /// When the vehicle that brings the guest may be here, while it is on its way and seen.
    eta: Option<Timestamp>,
    /// How far it is by its last position, metres in a straight line.
    car_distance_m: Option<i64>,
}

/// One vehicle.
#[derive(Serialize, ToSchema)]
#[schema(as = Vehicle)]
struct VehicleLine<'a> {
    #[schema(value_type = String)]
    id: &'a Name,
    /// A plate, a driver.
    name: Option<&'a str>,
    state: VehicleState,
    lat: Option<E7>,
    lon: Option<E7>,
    speed_kmh: Option<Milli>,
    course: Option<Milli>,
    fix_at: Option<Timestamp>,
    since: Option<Timestamp>,
    heard_at: Option<Timestamp>,
    no_fix_since: Option<Timestamp>,
    /// Where it goes next by the plan; null where that says nothing, or while time is not trusted.
    next: Option<NextLine<'a>>,
    /// The zones that hold its last position.
    #[schema(value_type = Vec<String>)]
    zones: &'a [Name],
}

/// Where a vehicle goes next.
#[derive(Serialize, ToSchema)]
#[schema(as = NextStop)]
struct NextLine<'a> {
    /// Whether it fetches its guests there, or brings them.
    kind: NextKind,
    /// The first of its guests.
    #[schema(value_type = Option<String>)]
    guest: Option<&'a Name>,
    #[schema(value_type = Vec<String>)]
    guests: &'a [Name],
    /// The name of the first.
    name: Option<&'a str>,
    #[schema(value_type = Option<String>)]
    place: Option<&'a Name>,
    /// The middle of the place, where it is a zone of the plan.
    lat: Option<E7>,
    lon: Option<E7>,
    /// When it is to be there.
    at: Timestamp,
    /// When it may be there; null where nobody knows where it is now.
    eta: Option<Timestamp>,
    /// Metres in a straight line from its last position.
    distance_m: Option<i64>,
    /// Told to be too late, or by its `eta` it will be.
    at_risk: bool,
}

/// One room.
#[derive(Serialize, ToSchema)]
#[schema(as = Room)]
struct RoomLine<'a> {
    #[schema(value_type = String)]
    id: &'a Name,
    name: Option<&'a str>,
    /// How many people it holds.
    capacity: Option<u32>,
    #[serde(flatten)]
    #[schema(value_type = Measures)]
    measures: &'a Measures,
    reading_at: Option<Timestamp>,
    state: RoomState,
    /// By quantity, its own or else the rule's, also while it is judged only in use and is not.
    #[schema(value_type = BTreeMap<String, Limits>)]
    limits: &'a BTreeMap<Metric, Limits>,
    /// The quantities out of their limits, until they are back inside by the rule's band.
    #[schema(value_type = BTreeMap<String, OffLimits>)]
    over: &'a BTreeMap<Metric, OffLimits>,
    /// A booking of it runs or begins soon, or people are counted in it; null where no booking and nobody says so.
    in_use: Option<bool>,
    /// The booking that runs, or the next one.
    booking: Option<BookingLine<'a>>,
}

/// One booking of a room.
#[derive(Serialize, ToSchema)]
#[schema(as = Booking)]
struct BookingLine<'a> {
    from: Timestamp,
    to: Timestamp,
    /// Absent where the plan has none or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

/// One device.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
struct DeviceLine<'a> {
    #[schema(value_type = Subject)]
    id: &'a Subject,
    state: DeviceState,
    heard_at: Option<Timestamp>,
    /// Since when in this state.
    since: Option<Timestamp>,
    /// What it, or its link, said when it last came or went.
    reason: Option<&'a str>,
    /// Reports kept.
    received: u64,
    /// Reports kept as not understood.
    rejected: u64,
    /// When the last of these came.
    last_rejected_at: Option<Timestamp>,
    /// Why that was not understood.
    last_reason: Option<&'a str>,
    /// Reports of both kinds a minute, over the last five by the gateway's clock; null where less than one is known.
    per_minute: Option<Milli>,
}

/// The day's visits with the names from the directory.
pub(super) fn visits<'a>(present: &'a Present, directory: &'a Directory) -> Vec<VisitLine<'a>> {
    present.visits.iter().map(|view| visit(view, directory)).collect()
}

pub(super) fn visit<'a>(view: &'a VisitView, directory: &'a Directory) -> VisitLine<'a> {
    let person = directory.person(&view.code);
    VisitLine {
        code: &view.code,
        name: person.and_then(|p| p.name.as_deref()),
        tier: view.tier,
        organisation: person.and_then(|p| p.organisation.as_deref()),
        expected_at: view.expected_at,
        place: view.place.as_ref(),
        host: person.and_then(|p| p.host.as_deref()),
        host_contact: person.and_then(|p| p.host_contact.as_deref()),
        needs: person.map_or(&[], |p| &p.needs),
        vehicle: view.vehicle.as_ref(),
        arrived_at: view.arrived_at,
        waits_since: view.waits_since,
        received_at: view.received_at,
        late_by_s: view.late_by_s,
        state: view.state,
        eta: view.eta,
        car_distance_m: view.car_distance_m,
    }
}

fn vehicle<'a>(view: &'a VehicleView, directory: &'a Directory) -> VehicleLine<'a> {
    VehicleLine {
        id: &view.id,
        name: directory.vehicle_name(&view.id),
        state: view.state,
        lat: view.lat,
        lon: view.lon,
        speed_kmh: view.speed_kmh,
        course: view.course,
        fix_at: view.fix_at,
        since: view.since,
        heard_at: view.heard_at,
        no_fix_since: view.no_fix_since,
        next: view.next.as_ref().map(|stop| next(stop, directory)),
        zones: &view.zones,
    }
}

fn next<'a>(stop: &'a NextStop, directory: &'a Directory) -> NextLine<'a> {
    let guest = stop.guests.first();
    NextLine {
        kind: stop.kind,
        guest,
        guests: &stop.guests,
        name: guest.and_then(|guest| directory.person(guest)?.name.as_deref()),
        place: stop.place.as_ref(),
        lat: stop.lat,
        lon: stop.lon,
        at: stop.at,
        eta: stop.eta,
        distance_m: stop.distance_m,
        at_risk: stop.at_risk,
    }
}

fn room<'a>(view: &'a RoomView, directory: &'a Directory) -> RoomLine<'a> {
    RoomLine {
        id: &view.id,
        name: directory.room_name(&view.id),
        capacity: view.capacity,
        measures: &view.measures,
        reading_at: view.reading_at,
        state: view.state,
        limits: &view.limits,
        over: &view.over,
        in_use: view.in_use,
        booking: view.booking.as_ref().map(|booking| BookingLine {
            from: booking.from,
            to: booking.to,
            title: directory.booking_title(&view.id, booking.from),
        }),
    }
}

fn device(view: &DeviceView, per_minute: Option<Milli>) -> DeviceLine<'_> {
    DeviceLine {
        id: &view.id,
        state: view.state,
        heard_at: view.heard_at,
        since: view.since,
        reason: view.reason.as_deref(),
        received: view.received,
        rejected: view.rejected,
        last_rejected_at: view.last_rejected_at,
        last_reason: view.last_reason.as_deref(),
        per_minute,
    }
}

/// The overview of one present, with the pace of each of its devices. Takes milliseconds with thousands of guests.
pub(super) fn json(
    site: &Site,
    present: &Present,
    paces: &[Option<Milli>],
    upstream: &RawValue,
    notifiers: &RawValue,
) -> Result<Bytes, Problem> {
    let (directory, epochs) = (site.directory.load(), site.reader.epochs());
    let overview = Overview {
        seq: present.seq,
        epoch: epochs.of(present.seq),
        now: present.now,
        clock: &present.clock,
        site: &site.view,
        guests: present.guests,
        visits: visits(present, &directory),
        vehicles: present.vehicles.iter().map(|view| vehicle(view, &directory)).collect(),
        rooms: present.rooms.iter().map(|view| room(view, &directory)).collect(),
        alerts: &present.alerts,
        devices: present.devices.iter().zip(paces).map(|(view, pace)| device(view, *pace)).collect(),
        upstream,
        notifiers,
        storage: storage(site),
    };
    to_json(&overview)
}

/// JSON as bytes; our own types always can be written, and if one could not it would be our fault.
pub(super) fn to_json(value: &impl Serialize) -> Result<Bytes, Problem> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|fault| {
        tracing::error!(%fault, "an answer could not be written");
        Problem::new(
            axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            "the answer could not be written; please report this",
        )
    })
}

/// JSON that is made already.
pub(super) fn answer(json: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
}

/// The whole present.
#[utoipa::path(
    get,
    path = "/api/v1/overview",
    responses(
        (status = 200, body = Overview),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn overview(State(desk): State<Desk>, headers: HeaderMap) -> Result<Response, Problem> {
    let shown = desk.board.current(&desk.site).await?;
    let packed = squeeze::takes_gzip(&headers);
    let mut answer = answer(if packed { shown.gzip(&desk).await? } else { shown.json(&desk).await? });
    if packed {
        answer.headers_mut().insert(header::CONTENT_ENCODING, Coding::Gzip.value());
    }
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(answer)
}
