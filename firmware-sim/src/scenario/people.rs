//! The 600 guests: who they are, when they are expected, when they really come. The real arrival curve gives the
//! times; the plan is laid around them, because a recording knows when people came and not when they should have.

use jiff::{SignedDuration, Timestamp};

use crate::data::{self, BadRecording, RecordedArrival};
use crate::time::Span;

use super::fleet::Ride;
use super::{Calendar, Happening, HappeningKind, names};

const GUESTS: usize = 600;
const VIPS: usize = 40;
const HOSTS: usize = 24;
/// A guest comes at most this early, and at most so late without being remarked upon.
const EARLY_MINUTES: i64 = 40;
const TARDY_MINUTES: i64 = 20;
/// A VIP is allowed less.
const TARDY_VIP_MINUTES: i64 = 6;

const PLACES: [&str; 6] = ["hall-a", "hall-b", "hall-c", "ballroom", "dining", "press"];
const VIP_PLACES: [&str; 3] = ["vip-1", "vip-2", "boardroom"];

/// How a guest is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// With a host at the door, and ten minutes' grace.
    Vip,
    /// As everybody.
    Guest,
}

impl Tier {
    /// The word of the plan.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vip => "vip",
            Self::Guest => "guest",
        }
    }
}

/// A guest of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// What the code on the invitation says, `G-1042`.
    pub code: String,
    /// The name.
    pub name: String,
    /// How they are received.
    pub tier: Tier,
    /// Where they come from.
    pub organisation: String,
    /// What they need.
    pub needs: Vec<String>,
}

/// When and where a guest is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The guest's code.
    pub code: String,
    /// The time on the invitation.
    pub expected_at: Timestamp,
    /// The room.
    pub place: String,
    /// Who receives them.
    pub host: String,
    /// The host's telephone.
    pub host_contact: String,
    /// The vehicle that brings them.
    pub vehicle: Option<String>,
    /// The trip that brings them, as an index into the fleet's.
    pub(super) trip: Option<usize>,
}

/// Where a guest will scan, if it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Any kiosk that works.
    Any,
    /// The kiosk that is cut off in the afternoon, whatever its state.
    CutOff,
}

/// A guest who really comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub code: String,
    pub tier: Tier,
    pub at: Timestamp,
    pub duration_s: u32,
    pub expected_at: Timestamp,
    /// Where the host waits.
    pub place: String,
    pub door: Door,
}

/// The guests and what is remarkable about them.
pub struct People {
    pub guests: Vec<Guest>,
    pub visits: Vec<Visit>,
    /// In order of time.
    pub arrivals: Vec<Arrival>,
    pub happenings: Vec<Happening>,
}

/// A guest to be, before there is a name: tier, expectation, and what comes of it.
struct Draft {
    tier: Tier,
    expected: Timestamp,
    comes: Option<(Timestamp, u32)>,
    ride: Option<Ride>,
    door: Door,
}

/// Draws guests from the arrival curve, and some by hand: those in the cars, one who never comes, one whose kiosk is
/// cut off.
pub fn invite(calendar: &Calendar, rides: &[Ride], chance: &mut fastrand::Rng) -> Result<People, BadRecording> {
    let mut curve = data::arrivals()?;
    chance.shuffle(&mut curve);
    let mut curve = curve.into_iter();
    let mut drafts: Vec<Draft> = by_car(rides, &mut curve, chance);
    drafts.push(Draft { tier: Tier::Guest, expected: calendar.at(10, 15), comes: None, ride: None, door: Door::Any });
    drafts.push(Draft {
        tier: Tier::Guest,
        expected: calendar.at(13, 5),
        comes: Some((calendar.at(13, 20) + SignedDuration::from_secs(chance.i64(0..60)), 47)),
        ride: None,
        door: Door::CutOff,
    });
    let mut vips = drafts.iter().filter(|draft| draft.tier == Tier::Vip).count();
    for arrival in curve.take(GUESTS - drafts.len()) {
        let tier = if vips < VIPS { Tier::Vip } else { Tier::Guest };
        vips += usize::from(tier == Tier::Vip);
        drafts.push(by_themselves(calendar, arrival, tier, chance));
    }
    chance.shuffle(&mut drafts);
    Ok(introduce(drafts, chance))
}

fn by_car(rides: &[Ride], curve: &mut impl Iterator<Item = RecordedArrival>, chance: &mut fastrand::Rng) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for ride in rides {
        for duration_s in curve.by_ref().take(ride.seats).map(|arrival| arrival.duration_s) {
            let walk = SignedDuration::from_secs(chance.i64(90..240));
            drafts.push(Draft {
                tier: Tier::Vip,
                expected: ride.expected,
                comes: Some((ride.arrives + walk, duration_s)),
                ride: Some(ride.clone()),
                door: Door::Any,
            });
        }
    }
    drafts
}

fn by_themselves(calendar: &Calendar, arrival: RecordedArrival, tier: Tier, chance: &mut fastrand::Rng) -> Draft {
    let tardy = match tier {
        Tier::Vip => TARDY_VIP_MINUTES,
        Tier::Guest => TARDY_MINUTES,
    };
    let comes = calendar.second(arrival.second_of_day);
    // The sum of two chances: most come ten minutes early, few at the ends.
    let offset = f64::midpoint(chance.f64(), chance.f64()) * (EARLY_MINUTES + tardy) as f64 - EARLY_MINUTES as f64;
    let wanted = calendar.on_five_minutes(comes - SignedDuration::from_secs((offset * 60.0) as i64));
    let earliest = calendar.on_five_minutes(comes - SignedDuration::from_mins(tardy - 3));
    let latest = calendar.on_five_minutes(comes + SignedDuration::from_mins(EARLY_MINUTES - 3));
    let expected = wanted.clamp(earliest, latest).min(calendar.closes);
    Draft { tier, expected, comes: Some((comes, arrival.duration_s)), ride: None, door: Door::Any }
}

/// Gives each draft a code, a name and a host, and says what is remarkable.
fn introduce(drafts: Vec<Draft>, chance: &mut fastrand::Rng) -> People {
    let hosts: Vec<(String, String)> = (0..HOSTS).map(|_| (names::local(chance), names::telephone(chance))).collect();
    let mut people = People { guests: Vec::new(), visits: Vec::new(), arrivals: Vec::new(), happenings: Vec::new() };
    for (index, draft) in drafts.into_iter().enumerate() {
        let code = format!("G-{}", 1001 + index);
        let name = names::guest(chance);
        people.happenings.extend(remark(&draft, &code, &name));
        let (host, host_contact) = chance.choice(&hosts).cloned().unwrap_or_default();
        let places: &[&str] = match draft.tier {
            Tier::Vip => &VIP_PLACES,
            Tier::Guest => &PLACES,
        };
        people.guests.push(Guest {
            code: code.clone(),
            name,
            tier: draft.tier,
            organisation: names::organisation(chance),
            needs: names::needs(chance),
        });
        let place = names::one_of(places, chance).to_owned();
        people.visits.push(Visit {
            code: code.clone(),
            expected_at: draft.expected,
            place: place.clone(),
            host,
            host_contact,
            vehicle: draft.ride.as_ref().map(|ride| ride.vehicle.clone()),
            trip: draft.ride.as_ref().map(|ride| ride.trip),
        });
        if let Some((at, duration_s)) = draft.comes {
            let (tier, expected_at, door) = (draft.tier, draft.expected, draft.door);
            people.arrivals.push(Arrival { code, tier, at, duration_s, expected_at, place, door });
        }
    }
    people.arrivals.sort_by_key(|arrival| arrival.at);
    people
}

fn remark(draft: &Draft, code: &str, name: &str) -> Option<Happening> {
    let subject = format!("guest/{code}");
    let Some((comes, _)) = draft.comes else {
        let words = format!("{name} never comes");
        return Some(Happening::once(draft.expected, HappeningKind::NeverComes, subject, words));
    };
    let late_min = comes.duration_since(draft.expected).as_mins();
    if let Some(Ride { jam: Some(jam), vehicle, .. }) = &draft.ride {
        let words = format!("{name} (VIP) is {late_min} min late: {vehicle} stands in a jam");
        let span = Span { from: jam.from, until: comes };
        return Some(Happening::lasting(span, HappeningKind::CarInJam, subject, words));
    }
    (draft.door == Door::CutOff).then(|| {
        let words = format!("{name} is there {late_min} min after time, but the kiosk is cut off and reports it later");
        Happening::once(comes, HappeningKind::ReportedLate, subject, words)
    })
}
