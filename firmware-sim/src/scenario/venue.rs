//! The house: rooms with their comfort limits and bookings, sensors with their faults, staff with their posts.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::data::{BadRecording, RoomSeries};
use crate::sensor::{Crowd, RoomAir, SensorFault, SensorScript};
use crate::time::Span;

use super::{Calendar, Happening, HappeningKind};

/// Comfort limits of the plan: °C and ppm.
const LOW: f64 = 18.0;
const HIGH: f64 = 27.0;
const CO2_HIGH: u32 = 1_000;
const CO2_HIGH_CROWD: u32 = 1_200;

/// A room of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// `ballroom`
    pub id: String,
    /// What the staff call it.
    pub name: String,
    /// How many people it is meant for.
    pub capacity: u32,
    /// The lowest and the highest comfortable temperature, °C.
    pub temperature: (f64, f64),
    /// The highest comfortable CO2, ppm.
    pub co2_high: u32,
}

/// A room reserved for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The room.
    pub room: String,
    /// For what.
    pub title: String,
    /// From and until when.
    pub span: Span,
}

/// A staff duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// `P01`
    pub id: String,
    /// Whose: the code of a guest of the staff.
    pub staff: String,
    /// Where: a room or a door.
    pub place: String,
    /// From and until when.
    pub span: Span,
}

/// The house on that day.
pub struct Venue {
    pub rooms: Vec<Room>,
    pub bookings: Vec<Booking>,
    pub sensors: Vec<SensorScript>,
    pub happenings: Vec<Happening>,
}

/// Id, name, capacity, mean temperature, share of the recorded CO2, minutes by which the room wakes later.
type RoomRow = (&'static str, &'static str, u32, f64, f64, i64);

const ROOMS: [RoomRow; 12] = [
    ("ballroom", "宴会厅", 500, 22.4, 0.40, 0),
    ("lobby", "大堂", 300, 21.8, 0.42, -60),
    ("foyer", "序厅", 200, 21.6, 0.44, -40),
    ("hall-a", "会议厅A", 150, 22.3, 0.52, 0),
    ("hall-b", "会议厅B", 120, 22.5, 0.50, 20),
    ("hall-c", "会议厅C", 80, 22.1, 0.48, 45),
    ("vip-1", "贵宾室一", 20, 22.9, 0.36, 15),
    ("vip-2", "贵宾室二", 20, 23.1, 0.34, 30),
    ("boardroom", "会见厅", 16, 22.7, 0.40, 10),
    ("dining", "餐厅", 220, 22.0, 0.46, 75),
    ("press", "媒体中心", 60, 23.2, 0.51, -20),
    ("lounge", "休息厅", 40, 22.2, 0.38, 60),
];

/// Room, title, from and until (hour, minute).
type BookingRow = (&'static str, &'static str, (i8, i8), (i8, i8));

const BOOKINGS: [BookingRow; 13] = [
    ("hall-a", "开幕式", (9, 0), (10, 30)),
    ("hall-a", "主论坛", (11, 0), (12, 30)),
    ("hall-b", "分论坛：智慧物流", (10, 45), (12, 15)),
    ("hall-b", "分论坛：绿色能源", (14, 0), (16, 0)),
    ("hall-c", "分论坛：城市更新", (10, 45), (12, 15)),
    ("hall-c", "签约仪式", (16, 30), (17, 30)),
    ("dining", "午餐会", (12, 0), (14, 0)),
    ("ballroom", "颁奖大会", (14, 15), (16, 45)),
    ("ballroom", "欢迎晚宴", (18, 0), (20, 0)),
    ("vip-1", "贵宾会见", (9, 30), (11, 30)),
    ("vip-2", "贵宾会见", (15, 0), (17, 0)),
    ("boardroom", "双边会谈", (10, 0), (11, 0)),
    ("press", "新闻发布会", (17, 0), (18, 0)),
];

/// Where staff stand: a place and how many shifts of two it has.
const POSTS: [&str; 10] = [
    "main-door",
    "north-door",
    "vip-door",
    "garage-door",
    "lobby",
    "ballroom",
    "hall-a",
    "dining",
    "vip-1",
    "venue-dropoff",
];

/// Furnishes the house.
pub fn furnish(calendar: &Calendar, chance: &mut fastrand::Rng) -> Result<Venue, BadRecording> {
    let series = Arc::new(RoomSeries::load()?);
    let crowd = Crowd {
        gathers: calendar.at(14, 0),
        full: calendar.at(15, 0),
        leaves: calendar.at(15, 50),
        gone: calendar.at(17, 0),
        people: 430,
        warms_by: 5.3,
        co2_by: 280.0,
    };
    let mut sensors = Vec::new();
    for row in &ROOMS {
        sensors.extend(hang_up(row, &series, crowd, calendar, chance));
    }
    let mut happenings = break_some(&mut sensors, calendar);
    happenings.extend(warm(&sensors, calendar));
    Ok(Venue { rooms: ROOMS.iter().map(room).collect(), bookings: bookings(calendar), sensors, happenings })
}

fn room(&(id, name, capacity, ..): &RoomRow) -> Room {
    let co2_high = if id == "ballroom" { CO2_HIGH_CROWD } else { CO2_HIGH };
    Room { id: id.to_owned(), name: name.to_owned(), capacity, temperature: (LOW, HIGH), co2_high }
}

/// Two sensors in each room: one for temperature and humidity, one that knows CO2 too.
fn hang_up(
    &(id, _, _, mean_temperature, co2_share, shift_min): &RoomRow,
    series: &Arc<RoomSeries>,
    crowd: Crowd,
    calendar: &Calendar,
    chance: &mut fastrand::Rng,
) -> [SensorScript; 2] {
    let crowded = id == "ballroom";
    let air = Arc::new(RoomAir {
        series: Arc::clone(series),
        midnight: calendar.second(0),
        shift: SignedDuration::from_mins(shift_min),
        mean_temperature,
        swing: if crowded { 0.3 } else { 0.6 },
        humidity_by: 16.0 + chance.f64() * 6.0,
        co2_share,
        crowd: crowded.then_some(crowd),
    });
    [1, 2].map(|number| SensorScript {
        room: id.to_owned(),
        sensor: format!("{id}-{number}"),
        air: Arc::clone(&air),
        bias: (chance.f64() - 0.5) * 0.4,
        with_co2: number == 2,
        battery: f64::from(chance.u32(58..100)),
        every: SignedDuration::from_secs(60),
        phase: SignedDuration::from_secs(chance.i64(0..60)),
        faults: Vec::new(),
        seed: chance.u64(..),
    })
}

fn break_some(sensors: &mut [SensorScript], calendar: &Calendar) -> Vec<Happening> {
    let stuck = Span { from: calendar.at(10, 0), until: calendar.at(16, 0) };
    let silent = Span { from: calendar.at(12, 10), until: calendar.at(15, 40) };
    let faults = [
        ("press-1", SensorFault::Stuck(stuck), stuck, HappeningKind::SensorStuck, "repeats one value for six hours"),
        (
            "hall-b-2",
            SensorFault::Silent(silent),
            silent,
            HappeningKind::SensorSilent,
            "says nothing for three and a half hours",
        ),
    ];
    let mut happenings = Vec::new();
    for (id, fault, span, kind, words) in faults {
        if let Some(sensor) = sensors.iter_mut().find(|sensor| sensor.sensor == id) {
            sensor.faults.push(fault);
            happenings.push(Happening::lasting(span, kind, format!("sensor/{id}"), format!("{id} {words}")));
        }
    }
    happenings
}

/// When the ballroom is too warm, from its own readings rather than from a table that could disagree with them.
fn warm(sensors: &[SensorScript], calendar: &Calendar) -> Option<Happening> {
    let sensor = sensors.iter().find(|sensor| sensor.room == "ballroom")?;
    let minutes = calendar.closes.duration_since(calendar.opens).as_mins();
    let too_warm: Vec<Timestamp> = (0..minutes)
        .map(|minute| calendar.opens + SignedDuration::from_mins(minute))
        .filter(|at| sensor.air.at(*at).temperature + sensor.bias > HIGH + 0.05)
        .collect();
    let span = Span { from: *too_warm.first()?, until: *too_warm.last()? };
    let words = format!("The ballroom is above {HIGH} °C for {} min with its crowd", span.length().as_mins());
    Some(Happening::lasting(span, HappeningKind::RoomWarm, "room/ballroom", words))
}

fn bookings(calendar: &Calendar) -> Vec<Booking> {
    let moment = |(hour, minute): (i8, i8)| calendar.at(hour, minute);
    BOOKINGS
        .iter()
        .map(|&(room, title, from, until)| Booking {
            room: room.to_owned(),
            title: title.to_owned(),
            span: Span { from: moment(from), until: moment(until) },
        })
        .collect()
}

/// Twenty posts: ten places, a morning and an afternoon shift that meet at 13:00. Nobody stands there yet. The morning begins
/// an hour after the doors, so that whoever is on duty can be there before anybody misses them.
pub fn posts(calendar: &Calendar) -> Vec<Post> {
    let shifts = [
        Span { from: calendar.at(7, 0), until: calendar.at(13, 0) },
        Span { from: calendar.at(13, 0), until: calendar.at(20, 0) },
    ];
    let places = POSTS.iter().flat_map(|place| shifts.map(|span| (*place, span)));
    places
        .zip(1..)
        .map(|((place, span), number)| Post {
            id: format!("P{number:02}"),
            staff: String::new(),
            place: place.to_owned(),
            span,
        })
        .collect()
}
