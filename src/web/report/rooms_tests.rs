//! Minutes of rooms, from readings written as text.

use super::super::terms::tests::usual;
use super::*;
use crate::facts::plan::{self, Booking, Limits};
use crate::facts::{Measures, Span};

fn day() -> ReportDay {
    ReportDay::of("2026-11-30".parse().unwrap(), &jiff::tz::TimeZone::UTC).unwrap()
}

/// So many minutes after eight.
fn at(minutes: i64) -> Timestamp {
    day().from.plus(Span::from_mins(8 * 60 + minutes))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn plan(booked: &[(i64, i64)], own: Option<(Metric, Limits)>) -> Plan {
    let room = plan::Room { id: name("hall"), capacity: Some(40), limits: own.into_iter().collect() };
    let booking = |(from, to): &(i64, i64)| Booking { room: name("hall"), from: at(*from), to: at(*to) };
    Plan { rooms: vec![room], bookings: booked.iter().map(booking).collect(), ..Plan::default() }
}

/// Each reading is `minute sensor quantity value`.
fn rooms(plan: &Plan, readings: &[&str], until: Timestamp) -> RoomsFigures {
    let mut rooms = Rooms::of(plan, &day(), until);
    for text in readings {
        let words: Vec<&str> = text.split(' ').collect();
        let measures: Measures = [(words[2].parse().unwrap(), words[3].parse().unwrap())].into_iter().collect();
        let reading = Reading { room: name("hall"), sensor: name(words[1]), measures };
        rooms.reading(&reading, at(words[0].parse().unwrap()), &usual());
    }
    rooms.finish(&People::default())
}

/// Looked at = comfortable + uncomfortable + no data.
fn told(figures: &RoomsFigures) -> String {
    let room = &figures.rooms[0];
    let figure = |minutes: Option<f64>| minutes.map_or("-".to_owned(), |minutes| minutes.to_string());
    let all = [room.looked_at_min, room.comfortable_min, room.uncomfortable_min, room.no_data_min];
    all.map(figure).join(" ")
}

#[test]
fn a_gap_in_the_readings_is_no_comfort() {
    let readings = [
        "0 t temperature 22",
        "10 t temperature 22",
        // 15 minutes count, then 25 without data.
        "50 t temperature 28",
        "60 t temperature 27",
        "70 t temperature 17.9",
        "80 t temperature 20",
    ];
    // Without a booking up to the last reading.
    let figures = rooms(&plan(&[], None), &readings, day().to);
    assert_eq!(told(&figures), "80 35 20 25");
    assert_eq!((figures.comfortable_percent, figures.comfortable_min), (Some(63.6), Some(35.0)));
    let room = &figures.rooms[0];
    let quantity = &room.quantities[0];
    assert_eq!(
        (quantity.least.to_string(), quantity.most.to_string(), quantity.beyond_min),
        ("17.9".into(), "28".into(), 20.0)
    );
    assert_eq!((room.booked_min, room.in_use_min, room.people_max), (None, None, None));
    // Booked, within the booking alone: 5 to 95, of which 25 to 50 and nothing else is without data.
    assert_eq!(told(&rooms(&plan(&[(5, 95)], None), &readings, day().to)), "90 45 20 25");
    // Two bookings that overlap, told in the middle of them.
    assert_eq!(told(&rooms(&plan(&[(0, 20), (10, 120)], None), &readings, at(85))), "85 40 20 25");
}

#[test]
fn any_sensor_beyond_a_limit_is_no_comfort_and_any_quantity() {
    let readings = [
        "0 a temperature 22",
        "5 b temperature 29",
        "10 b temperature 22",
        "12 a co2 1500",
        "20 a co2 900",
        "25 a co2 900",
    ];
    assert_eq!(told(&rooms(&plan(&[], None), &readings, day().to)), "25 12 13 0");
    // The room's own limits take the place of the rule's.
    let own = Limits { low: None, high: Some(Milli::from_whole(30)) };
    let figures = rooms(&plan(&[], Some((Metric::Temperature, own))), &readings, day().to);
    assert_eq!(told(&figures), "25 17 8 0");
    assert_eq!(figures.rooms[0].quantities[0].high, Some(Milli::from_whole(30)));
}

#[test]
fn a_sensor_counts_as_long_as_it_may_be_silent() {
    // `slow` may be silent for three hours.
    let figures = rooms(&plan(&[(0, 240)], None), &["0 slow temperature 22"], day().to);
    assert_eq!(told(&figures), "240 180 0 60");
}

#[test]
fn a_booked_room_that_says_nothing_is_no_data() {
    let figures = rooms(&plan(&[(0, 60)], None), &[], day().to);
    assert_eq!(told(&figures), "60 0 0 60");
    assert_eq!((figures.comfortable_percent, figures.rooms[0].comfortable_percent), (None, None));
    // Neither booked nor heard, or booked for later: not looked at.
    assert_eq!(told(&rooms(&plan(&[], None), &[], day().to)), "- - - -");
    assert_eq!(told(&rooms(&plan(&[(60, 90)], None), &[], at(30))), "- - - -");
    // What has no limits says nothing of comfort.
    assert_eq!(told(&rooms(&plan(&[(0, 60)], None), &["0 t humidity 99"], day().to)), "60 0 0 60");
}

#[test]
fn people_are_counted_and_set_against_the_capacity() {
    let readings = [
        "0 p occupancy 0",
        "10 p occupancy 30",
        "20 q occupancy 12",
        "30 p occupancy 0",
        "34 q occupancy 0",
        "40 p occupancy 0",
    ];
    let figures = rooms(&plan(&[], None), &readings, day().to);
    let room = &figures.rooms[0];
    assert_eq!((room.in_use_min, room.people_max, room.people_max_percent), (Some(24.0), Some(30.0), Some(75.0)));
    assert_eq!((room.capacity, room.comfortable_min), (Some(40), Some(0.0)));
}
