use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::drive::Drive;
use crate::gps::Motion;
use crate::kiosk::{Deed, Direction, Scan};
use crate::track::Point;

const SEED: u64 = 20_261_123;

fn shanghai() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

fn day_of(seed: u64) -> Day {
    Day::generate(seed, jiff::civil::date(2026, 11, 23), shanghai()).unwrap()
}

fn scans(day: &Day) -> Vec<(&str, Timestamp, &Scan)> {
    let each = day.kiosks.iter().flat_map(|kiosk| {
        kiosk.deeds.iter().filter_map(|(at, deed)| match deed {
            Deed::Scan(scan) => Some((kiosk.id.as_str(), *at, scan)),
            Deed::CutOff | Deed::Reconnect => None,
        })
    });
    each.collect()
}

/// When each guest first came in.
fn first_entries(day: &Day) -> BTreeMap<&str, Timestamp> {
    let mut first: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for (_, _, scan) in scans(day) {
        if scan.direction == Direction::Entry {
            let known = first.entry(scan.code.as_str()).or_insert(scan.at);
            *known = scan.at.min(*known);
        }
    }
    first
}

fn one(day: &Day, kind: HappeningKind) -> Happening {
    day.timeline().iter().find(|happening| happening.kind == kind).cloned().unwrap()
}

fn span(happening: &Happening) -> Span {
    Span { from: happening.at, until: happening.until.unwrap() }
}

#[test]
fn the_same_seed_gives_the_same_day_and_another_seed_another() {
    assert_eq!(day_of(SEED), day_of(SEED));
    assert_eq!(day_of(SEED).plan_json().to_string(), day_of(SEED).plan_json().to_string());
    assert_ne!(day_of(SEED).plan_json(), day_of(SEED + 1).plan_json());
    assert_ne!(day_of(SEED).kiosks, day_of(SEED + 1).kiosks);
}

#[test]
fn everything_that_was_promised_happens_whatever_the_seed() {
    for seed in [SEED, 0, 1, 7, u64::MAX] {
        let day = day_of(seed);
        let kinds: BTreeSet<HappeningKind> = day.timeline().iter().map(|happening| happening.kind).collect();
        assert_eq!(kinds, BTreeSet::from(HappeningKind::ALL), "seed {seed}");
        assert!(day.timeline().windows(2).all(|pair| pair[0].at <= pair[1].at), "in order, seed {seed}");
    }
}

#[test]
fn the_day_has_its_size() {
    let day = day_of(SEED);
    let vips = day.guests.iter().filter(|guest| guest.tier == Tier::Vip).count();
    let staff = day.guests.iter().filter(|guest| guest.tier == Tier::Staff).count();
    assert_eq!((day.guests.len(), vips, staff, day.visits.len()), (600, 40, 20, 600));
    assert_eq!((day.kiosks.len(), day.vehicles.len(), day.receivers.len()), (5, 6, 6));
    assert_eq!((day.rooms.len(), day.sensors.len(), day.posts.len()), (12, 24, 20));
    let riders: usize = day.trips.iter().map(|trip| trip.guests.len()).sum();
    assert_eq!(riders, day.visits.iter().filter(|visit| visit.vehicle.is_some()).count());
    assert!(day.trips.iter().all(|trip| !trip.guests.is_empty()));
    let codes: BTreeSet<&str> = day.guests.iter().map(|guest| guest.code.as_str()).collect();
    assert_eq!(codes.len(), 600);
}

#[test]
fn all_but_two_come_in_time_and_everybody_within_reason() {
    for seed in [SEED, 3, 99] {
        let day = day_of(seed);
        let first = first_entries(&day);
        let jam = one(&day, HappeningKind::CarInJam).subject;
        let mut late = Vec::new();
        for (guest, visit) in day.guests.iter().zip(&day.visits) {
            let Some(at) = first.get(guest.code.as_str()) else {
                late.push((HappeningKind::NeverComes, format!("guest/{}", guest.code)));
                continue;
            };
            let minutes = at.duration_since(visit.expected_at).as_secs_f64() / 60.0;
            let grace = if guest.tier == Tier::Vip { 10.0 } else { 30.0 };
            if minutes > grace {
                late.push((HappeningKind::CarInJam, format!("guest/{}", guest.code)));
            } else {
                assert!((-40.0..=20.0).contains(&minutes) || grace < 30.0, "{} {minutes}", guest.code);
                assert!(minutes >= -40.0, "seed {seed}: {} {minutes}", guest.code);
            }
        }
        let never = one(&day, HappeningKind::NeverComes).subject;
        late.sort();
        assert_eq!(late, [(HappeningKind::CarInJam, jam), (HappeningKind::NeverComes, never)], "seed {seed}");
    }
}

#[test]
fn a_guest_is_missed_while_the_kiosk_that_saw_them_is_cut_off() {
    let day = day_of(SEED);
    let late = one(&day, HappeningKind::ReportedLate);
    let code = late.subject.trim_start_matches("guest/");
    let visit = day.visits.iter().find(|visit| visit.code == code).unwrap();
    let (kiosk, _, scan) = scans(&day).into_iter().find(|(_, _, scan)| scan.code == code).unwrap();
    let outage = day
        .timeline()
        .iter()
        .find(|happening| {
            happening.kind == HappeningKind::KioskOffline && happening.subject == format!("kiosk/{kiosk}")
        })
        .map(span)
        .unwrap();
    let missed_at = visit.expected_at + SignedDuration::from_mins(30);
    assert!(scan.at < missed_at, "is there in time");
    assert!(outage.contains(scan.at) && outage.contains(missed_at), "and is missed before the kiosk returns");
    // Nobody else is: who scans at a dead kiosk has time to spare.
    for (kiosk, at, scan) in scans(&day) {
        let dead = day.timeline().iter().find(|happening| {
            happening.kind == HappeningKind::KioskOffline
                && happening.subject == format!("kiosk/{kiosk}")
                && span(happening).contains(at)
        });
        let Some(dead) = dead.filter(|_| scan.code != code && scan.direction == Direction::Entry) else { continue };
        let visit = day.visits.iter().find(|visit| visit.code == scan.code);
        let guest = day.guests.iter().find(|guest| guest.code == scan.code);
        if let (Some(visit), Some(guest)) = (visit, guest) {
            let grace = SignedDuration::from_mins(if guest.tier == Tier::Vip { 10 } else { 30 });
            assert!(visit.expected_at + grace > span(dead).until, "{}", scan.code);
        }
    }
}

#[test]
fn the_kiosks_are_off_as_promised_and_upload_afterwards() {
    let day = day_of(SEED);
    let outages: Vec<Span> =
        day.timeline().iter().filter(|happening| happening.kind == HappeningKind::KioskOffline).map(span).collect();
    assert!(outages.iter().any(|outage| outage.length() == SignedDuration::from_mins(15)));
    for outage in outages {
        let kiosk = day.kiosks.iter().find(|kiosk| kiosk.deeds.contains(&(outage.from, Deed::CutOff))).unwrap();
        assert!(kiosk.deeds.contains(&(outage.until, Deed::Reconnect)), "{}", kiosk.id);
        let waiting = kiosk.deeds.iter().filter(|(at, _)| outage.contains(*at)).count();
        assert!(waiting >= 2, "{} has scans to upload: {waiting}", kiosk.id);
    }
    assert_eq!(day.upstream_gone.length(), SignedDuration::from_hours(1));
}

#[test]
fn scans_are_numbered_once_and_one_is_sent_twice() {
    let day = day_of(SEED);
    let mut seen: BTreeMap<&str, Vec<&Scan>> = BTreeMap::new();
    for (kiosk, _, scan) in scans(&day) {
        assert!(scan.scan_id.starts_with(kiosk) && scan.scan_id.len() == 10, "{}", scan.scan_id);
        seen.entry(&scan.scan_id).or_default().push(scan);
    }
    let twice: Vec<_> = seen.values().filter(|sent| sent.len() > 1).collect();
    assert_eq!(twice.len(), 1);
    assert!(twice[0].len() == 2 && twice[0][0] == twice[0][1], "the very same scan");
    let strangers = scans(&day).iter().filter(|(_, _, scan)| !scan.code.starts_with("G-")).count();
    assert_eq!(strangers, 1);
    let both = one(&day, HappeningKind::TwoKiosks).subject;
    let mut kiosks: Vec<&str> = scans(&day)
        .iter()
        .filter(|(_, _, scan)| format!("guest/{}", scan.code) == both && scan.direction == Direction::Entry)
        .map(|(kiosk, ..)| *kiosk)
        .collect();
    kiosks.dedup();
    assert!(kiosks.len() >= 2, "{kiosks:?}");
    let next = Day::generate(SEED, jiff::civil::date(2026, 11, 24), shanghai()).unwrap();
    assert!(scans(&next).iter().all(|(_, _, scan)| !seen.contains_key(scan.scan_id.as_str())), "days share no ids");
}

#[test]
fn every_vip_is_received_where_the_host_waits_and_one_has_to_wait_for_it() {
    let day = day_of(SEED);
    let left = one(&day, HappeningKind::LeftWaiting);
    assert!(span(&left).length() > SignedDuration::from_mins(5));
    let mut received = 0;
    let vips = day.guests.iter().zip(&day.visits).filter(|(guest, _)| guest.tier == Tier::Vip);
    for (_, visit) in vips {
        let of_guest = || scans(&day).into_iter().filter(|(_, _, scan)| scan.code == visit.code);
        let Some((_, came, _)) = of_guest().min_by_key(|(_, at, _)| *at) else { continue };
        let Some((_, at, _)) = of_guest().find(|(_, _, scan)| scan.point == visit.place) else { continue };
        received += 1;
        let waited = at.duration_since(came);
        let patient = left.subject == format!("guest/{}", visit.code);
        assert_eq!(waited > SignedDuration::from_mins(5), patient, "{}: {waited:?}", visit.code);
    }
    // All VIPs but those who never come, or came in at a kiosk without a network.
    assert!((34..=40).contains(&received), "{received}");
}

#[test]
fn everybody_on_duty_is_there_before_the_post_is_looked_after_but_for_one() {
    for seed in [SEED, 5, 42] {
        let day = day_of(seed);
        let first = first_entries(&day);
        let staff: BTreeSet<&str> = day.posts.iter().map(|post| post.staff.as_str()).collect();
        assert_eq!(staff.len(), 20, "nobody stands at two posts, seed {seed}");
        let missing = one(&day, HappeningKind::PostUnmanned);
        for post in &day.posts {
            let guest = day.guests.iter().find(|guest| guest.code == post.staff).unwrap();
            let looked_for = post.span.from - SignedDuration::from_mins(30);
            let at = first.get(guest.code.as_str()).unwrap();
            let is_late = missing.subject == format!("guest/{}", guest.code);
            assert_eq!(
                (guest.tier, *at > looked_for, *at < post.span.from),
                (Tier::Staff, is_late, true),
                "{}",
                post.id
            );
        }
        let leaves =
            |code: &str| scans(&day).iter().any(|(_, _, scan)| scan.code == code && scan.direction == Direction::Exit);
        assert!(!staff.iter().any(|code| leaves(code)), "nobody leaves a post, seed {seed}");
    }
}

#[test]
fn arrivals_follow_the_recorded_curve() {
    // Check-ins an hour of the recording, 07 to 19, out of 4,510.
    let recorded = [432, 367, 433, 451, 403, 297, 276, 249, 314, 375, 422, 337, 154];
    let day = day_of(SEED);
    let mut counted = [0_u32; 13];
    let guests = day.guests.iter().filter(|guest| guest.tier != Tier::Staff);
    let first = first_entries(&day);
    for at in guests.filter_map(|guest| first.get(guest.code.as_str())) {
        let hour = at.duration_since(day.opens).as_hours() + 6 - 7;
        counted[usize::try_from(hour).unwrap()] += 1;
    }
    for (hour, (count, of)) in counted.iter().zip(recorded).enumerate() {
        let share = f64::from(of) / 4510.0;
        let (mean, spread) = (580.0 * share, (580.0 * share * (1.0 - share)).sqrt());
        // Four standard deviations, and the car passengers, who come by the timetable.
        assert!((f64::from(*count) - mean).abs() < 4.0 * spread + 6.0, "{}: {count}, expected {mean}", hour + 7);
    }
    let mut lengths: Vec<u32> =
        scans(&day).iter().map(|(_, _, scan)| scan.duration_s).filter(|duration_s| *duration_s >= 15).collect();
    lengths.sort_unstable();
    assert!((37..=57).contains(&lengths[lengths.len() / 2]), "the median check-in took 47 s in the recording");
}

#[test]
fn cars_are_where_the_plan_wants_them() {
    let day = day_of(SEED);
    for trip in &day.trips {
        let here = whereabouts(&day, &trip.vehicle, trip.pickup_at);
        assert!(inside(&day, &trip.from, here), "{} is late at {}: {here:?}", trip.vehicle, trip.from);
    }
    for receiver in &day.receivers {
        let (Motion::Track(track) | Motion::DriveThenTrack(_, _, track)) = &receiver.motion else {
            panic!("{} ends its day on a track", receiver.vehicle)
        };
        assert!(track.end() <= day.closes + SignedDuration::from_secs(1), "{} gets home", receiver.vehicle);
    }
}

#[test]
fn one_car_drives_the_recorded_road_with_guests_from_the_guesthouse_to_the_venue() {
    let day = day_of(SEED);
    let cars = day.receivers.iter().filter_map(|car| match &car.motion {
        Motion::DriveThenTrack(drive, sets_off, _) | Motion::Drive(drive, sets_off) => Some((car, drive, *sets_off)),
        Motion::Track(_) => None,
    });
    let [(car, drive, sets_off)] = cars.collect::<Vec<_>>()[..] else { panic!("exactly one recorded drive") };
    let recorded = Drive::recorded().unwrap().length_m();
    assert!((drive.length_m() - recorded).abs() < 0.05 * recorded, "{} {recorded}", drive.length_m());
    let told: Vec<_> = day.timeline().iter().filter(|told| told.kind == HappeningKind::RecordedDrive).collect();
    assert_eq!(told.len(), 1);
    let arrives = sets_off + drive.length();
    assert_eq!(span(told[0]), Span { from: sets_off, until: arrives });
    assert_eq!(told[0].subject, format!("vehicle/{}", car.vehicle));
    assert!(told[0].words.contains("the recorded road, 81 km"), "{}", told[0].words);

    let trip = day.trips.iter().find(|trip| trip.vehicle == car.vehicle && trip.pickup_at == sets_off).unwrap();
    let vehicle = day.vehicles.iter().find(|vehicle| vehicle.id == car.vehicle).unwrap();
    assert!(vehicle.zones.contains(&trip.from) && vehicle.zones.contains(&trip.to), "{trip:?}");
    assert!(inside(&day, &trip.to, whereabouts(&day, &car.vehicle, arrives)), "ends at {}", trip.to);
    assert!(inside(&day, &trip.from, whereabouts(&day, &car.vehicle, day.opens)), "begins at {}", trip.from);
    for code in &trip.guests {
        let visit = day.visits.iter().find(|visit| visit.code == *code).unwrap();
        let spare = visit.expected_at.duration_since(arrives).as_mins();
        assert!((2..=8).contains(&spare), "{code} is expected {spare} min after the drive ends");
    }
}

/// What the recorded car says all day, as its listener hears it.
#[test]
fn the_recorded_car_never_falls_silent_and_never_jumps() {
    let day = day_of(SEED);
    let drive = one(&day, HappeningKind::RecordedDrive);
    let told = span(&drive);
    let car = day.receivers.iter().find(|car| format!("vehicle/{}", car.vehicle) == drive.subject).unwrap();
    let (mut before, mut at) = (None::<Point>, day.opens);
    let (mut of_the_drive, mut damaged) = (0, 0);
    while at < day.closes {
        let previous = at;
        at += car.every;
        let (lines, noise) = car.burst(previous, at);
        damaged += noise;
        assert!(lines[0].starts_with(&format!("$GPRMC,{}", at.strftime("%H%M%S"))), "{at}: {}", lines[0]);
        let fields: Vec<&str> = lines[0].split(',').collect();
        let knots: f64 = fields[7].parse().unwrap();
        assert!(knots < 0.5 || told.from < at, "stands until it sets off: {}", lines[0]);
        of_the_drive += usize::from(lines.iter().any(|line| line.starts_with("$PGRME")) && told.from <= at);
        let here = crate::carry::place(&lines[0]).unwrap();
        let step = before.map_or(0.0, |before| before.distance_m(here));
        // 130 km/h, and the wandering of the simulated fix.
        assert!(step < 36.2 * car.every.as_secs_f64() + 5.0, "{step} m at {at}");
        before = Some(here);
    }
    assert_eq!(of_the_drive, 2042, "every block of the recording");
    assert_eq!(damaged, car.bad_checksums.len() as u64);
}

#[test]
fn a_vehicle_names_itself_in_its_sentences_or_not_at_all() {
    let day = day_of(SEED);
    for car in &day.receivers {
        let said = car.burst(day.opens, day.opens + car.every).0;
        let named = said.iter().filter(|line| line.contains(&car.vehicle)).count();
        assert_eq!(named, if day.names_itself(&car.vehicle) { said.len() } else { 0 }, "{said:?}");
    }
    assert_eq!(day.vehicles.iter().filter(|vehicle| day.names_itself(&vehicle.id)).count(), 1);
    assert!(!day.names_itself("car-7"));
}

#[test]
fn a_car_stands_long_outside_its_zones_only_where_it_was_promised() {
    let day = day_of(SEED);
    let loiter = one(&day, HappeningKind::IdleOutsideZone);
    assert!(span(&loiter).length() > SignedDuration::from_mins(10));
    for vehicle in &day.vehicles {
        let (mut anchor, mut since) = (Point::new(0.0, 0.0), day.opens);
        let mut at = day.opens;
        while at < day.closes {
            let here = whereabouts(&day, &vehicle.id, at);
            if here.distance_m(anchor) > 50.0 || vehicle.zones.iter().any(|zone| inside(&day, zone, here)) {
                (anchor, since) = (here, at);
            }
            let stood = at.duration_since(since);
            let until_it_is_gone = Span { until: span(&loiter).until + SignedDuration::from_mins(1), ..span(&loiter) };
            let promised = loiter.subject == format!("vehicle/{}", vehicle.id) && until_it_is_gone.contains(at);
            assert!(promised || stood < SignedDuration::from_mins(6), "{} stands at {at} for {stood:?}", vehicle.id);
            at += SignedDuration::from_secs(10);
        }
    }
}

#[test]
fn receivers_lose_fix_and_cable_as_promised() {
    let day = day_of(SEED);
    for (kind, spans) in [
        (HappeningKind::FixLost, day.receivers.iter().find(|car| !car.no_fix.is_empty()).map(|car| &car.no_fix)),
        (
            HappeningKind::PortUnplugged,
            day.receivers.iter().find(|car| !car.unplugged.is_empty()).map(|car| &car.unplugged),
        ),
    ] {
        assert_eq!(spans.unwrap().first(), Some(&span(&one(&day, kind))));
    }
    assert!(day.receivers.iter().all(|car| !car.bad_checksums.is_empty()));
}

#[test]
fn only_the_ballroom_gets_too_warm_and_it_cools_again() {
    let day = day_of(SEED);
    let warm = span(&one(&day, HappeningKind::RoomWarm));
    assert!(warm.length() > SignedDuration::from_mins(20), "{warm:?}");
    for sensor in &day.sensors {
        let room = day.rooms.iter().find(|room| room.id == sensor.room).unwrap();
        let mut at = day.opens;
        while at < day.closes {
            if let Some(reading) = sensor.reading(at) {
                let (low, high) = room.temperature;
                let crowded = sensor.room == "ballroom"
                    && warm.from - SignedDuration::from_mins(15) < at
                    && at < warm.until + SignedDuration::from_mins(15);
                assert!(crowded || (low..high).contains(&reading.temperature), "{} {at} {reading:?}", sensor.sensor);
                assert!(reading.co2.unwrap_or(0) < room.co2_high, "{} {at} {reading:?}", sensor.sensor);
            }
            at += SignedDuration::from_mins(1);
        }
    }
    let ballroom = day.sensors.iter().find(|sensor| sensor.sensor == "ballroom-1").unwrap();
    let hottest = ballroom.reading(warm.from + warm.length() / 2).unwrap();
    assert!(hottest.temperature > 27.5, "{hottest:?}");
    assert!(ballroom.reading(day.closes).unwrap().temperature < 26.5);
}

#[test]
fn the_plan_reads_as_the_contract_has_it() {
    let day = day_of(SEED);
    let plan = day.plan_json();
    let keys: Vec<&str> = plan.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["bookings", "day", "guests", "kiosks", "posts", "rooms", "trips", "vehicles", "visits", "zones"];
    assert_eq!(keys.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from(expected));
    assert_eq!(plan["day"], "2026-11-23");
    assert_eq!(plan["kiosks"][3], serde_json::json!({"id": "K04", "point": "vip-door"}));
    assert!(plan["visits"][0]["expected_at"].as_str().unwrap().ends_with(":00+08:00"), "{}", plan["visits"][0]);
    for feature in plan["zones"]["features"].as_array().unwrap() {
        let ring = feature["geometry"]["coordinates"][0].as_array().unwrap();
        assert_eq!(ring.first(), ring.last(), "a closed ring");
        assert!(feature["properties"]["id"].is_string());
        // Counter-clockwise in (longitude, latitude): the shoelace sum is positive.
        let corner = |index: usize, axis: usize| ring[index][axis].as_f64().unwrap();
        let area: f64 = (0..4).map(|i| corner(i, 0) * corner(i + 1, 1) - corner(i + 1, 0) * corner(i, 1)).sum();
        assert!(area > 0.0, "{feature}");
    }
    let csv = day.plan_csv().unwrap();
    let mut lines = csv.lines();
    let header = "code,name,tier,organisation,expected_at,place,host,host_contact,needs,vehicle,cancelled";
    assert_eq!(lines.next(), Some(header));
    assert_eq!(lines.count(), 600);
}

#[test]
fn a_date_out_of_reach_is_refused_with_a_reason() {
    let refused = Day::generate(1, jiff::civil::date(9999, 12, 31), shanghai()).unwrap_err();
    assert!(refused.to_string().contains("9999-12-31"), "{refused}");
}

fn whereabouts(day: &Day, vehicle: &str, at: Timestamp) -> Point {
    let car = day.receivers.iter().find(|car| car.vehicle == vehicle).unwrap();
    car.motion.place(at).unwrap()
}

fn inside(day: &Day, zone: &str, point: Point) -> bool {
    let ring = &day.zones.iter().find(|known| known.id == zone).unwrap().ring;
    let (south_west, north_east) = (ring[0], ring[2]);
    (south_west.0..=north_east.0).contains(&point.lon) && (south_west.1..=north_east.1).contains(&point.lat)
}
