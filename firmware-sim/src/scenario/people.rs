//! The 600 guests: who they are, when they are expected, when they really come. The real arrival curve gives the
//! times; the plan is laid around them, because a recording knows when people came and not when they should have.

use jiff::{SignedDuration, Timestamp};

use crate::data::{self, BadRecording, RecordedArrival};
use crate::time::Span;

use super::fleet::Ride;
use super::{Calendar, Happening, HappeningKind, Post, names};

const GUESTS: usize = 600;
const VIPS: usize = 40;
const HOSTS: usize = 24;
/// What the staff's badges say.
const STAFF: &str = "接待组";
/// Whoever is on duty is looked for so long before, as the rule does where nobody has said otherwise.
const LOOKED_FOR: SignedDuration = SignedDuration::from_mins(30);
/// The post, of those in the afternoon, whose guard is late.
const LATE_POST: usize = 13;
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
    /// On duty in the house.
    Staff,
}

impl Tier {
    /// The word of the plan.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vip => "vip",
            Self::Guest => "guest",
            Self::Staff => "staff",
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
    /// The post where they are on duty, as an index into the posts.
    duty: Option<usize>,
}

impl Draft {
    /// Somebody who comes by any door.
    fn of(tier: Tier, expected: Timestamp, comes: Option<(Timestamp, u32)>) -> Self {
        Self { tier, expected, comes, ride: None, door: Door::Any, duty: None }
    }
}

/// Draws guests from the arrival curve, and some by hand: those in the cars, one who never comes, one whose kiosk is
/// cut off, and those on duty, whose codes the posts get.
pub fn invite(
    calendar: &Calendar,
    rides: &[Ride],
    posts: &mut [Post],
    chance: &mut fastrand::Rng,
) -> Result<People, BadRecording> {
    let mut curve = data::arrivals()?;
    chance.shuffle(&mut curve);
    let mut curve = curve.into_iter();
    let mut drafts: Vec<Draft> = by_car(rides, &mut curve, chance);
    drafts.push(Draft::of(Tier::Guest, calendar.at(10, 15), None));
    let unseen = calendar.at(13, 20) + SignedDuration::from_secs(chance.i64(0..60));
    drafts.push(Draft { door: Door::CutOff, ..Draft::of(Tier::Guest, calendar.at(13, 5), Some((unseen, 47))) });
    drafts.extend(on_duty(posts, &mut curve, chance));
    let mut vips = drafts.iter().filter(|draft| draft.tier == Tier::Vip).count();
    for arrival in curve.take(GUESTS - drafts.len()) {
        let tier = if vips < VIPS { Tier::Vip } else { Tier::Guest };
        vips += usize::from(tier == Tier::Vip);
        drafts.push(by_themselves(calendar, arrival, tier, chance));
    }
    chance.shuffle(&mut drafts);
    Ok(introduce(drafts, posts, chance))
}

fn by_car(rides: &[Ride], curve: &mut impl Iterator<Item = RecordedArrival>, chance: &mut fastrand::Rng) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for ride in rides {
        for duration_s in curve.by_ref().take(ride.seats).map(|arrival| arrival.duration_s) {
            let walk = SignedDuration::from_secs(chance.i64(90..240));
            let comes = Some((ride.arrives + walk, duration_s));
            drafts.push(Draft { ride: Some(ride.clone()), ..Draft::of(Tier::Vip, ride.expected, comes) });
        }
    }
    drafts
}

/// Whoever is on duty is there before the post is looked after, but for one.
fn on_duty(
    posts: &[Post],
    curve: &mut impl Iterator<Item = RecordedArrival>,
    chance: &mut fastrand::Rng,
) -> Vec<Draft> {
    let each = posts.iter().enumerate().zip(curve);
    let drafts = each.map(|((index, post), arrival)| {
        let expected = post.span.from - LOOKED_FOR;
        let seconds = if index == LATE_POST { chance.i64(15 * 60..16 * 60) } else { -chance.i64(3 * 60..25 * 60) };
        let comes = expected + SignedDuration::from_secs(seconds);
        Draft { duty: Some(index), ..Draft::of(Tier::Staff, expected, Some((comes, arrival.duration_s))) }
    });
    drafts.collect()
}

fn by_themselves(calendar: &Calendar, arrival: RecordedArrival, tier: Tier, chance: &mut fastrand::Rng) -> Draft {
    let tardy = match tier {
        Tier::Vip => TARDY_VIP_MINUTES,
        Tier::Guest | Tier::Staff => TARDY_MINUTES,
    };
    let comes = calendar.second(arrival.second_of_day);
    // The sum of two chances: most come ten minutes early, few at the ends.
    let offset = f64::midpoint(chance.f64(), chance.f64()) * (EARLY_MINUTES + tardy) as f64 - EARLY_MINUTES as f64;
    let wanted = calendar.on_five_minutes(comes - SignedDuration::from_secs((offset * 60.0) as i64));
    let earliest = calendar.on_five_minutes(comes - SignedDuration::from_mins(tardy - 3));
    let latest = calendar.on_five_minutes(comes + SignedDuration::from_mins(EARLY_MINUTES - 3));
    let expected = wanted.clamp(earliest, latest).min(calendar.closes);
    Draft::of(tier, expected, Some((comes, arrival.duration_s)))
}

/// Gives each draft a code, a name and a host, and says what is remarkable.
fn introduce(drafts: Vec<Draft>, posts: &mut [Post], chance: &mut fastrand::Rng) -> People {
    let hosts: Vec<(String, String)> = (0..HOSTS).map(|_| (names::local(chance), names::telephone(chance))).collect();
    let mut people = People { guests: Vec::new(), visits: Vec::new(), arrivals: Vec::new(), happenings: Vec::new() };
    for (index, draft) in drafts.into_iter().enumerate() {
        let code = format!("G-{}", 1001 + index);
        let name = names::guest(chance);
        let post = draft.duty.and_then(|index| posts.get_mut(index));
        people.happenings.extend(remark(&draft, post.as_deref(), &code, &name));
        let (host, host_contact) = chance.choice(&hosts).cloned().unwrap_or_default();
        let places: &[&str] = match draft.tier {
            Tier::Vip => &VIP_PLACES,
            Tier::Guest | Tier::Staff => &PLACES,
        };
        people.guests.push(Guest {
            code: code.clone(),
            name,
            tier: draft.tier,
            organisation: if post.is_some() { STAFF.to_owned() } else { names::organisation(chance) },
            needs: if post.is_some() { Vec::new() } else { names::needs(chance) },
        });
        let mut place = names::one_of(places, chance).to_owned();
        if let Some(post) = post {
            post.staff.clone_from(&code);
            place.clone_from(&post.place);
        }
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

fn remark(draft: &Draft, post: Option<&Post>, code: &str, name: &str) -> Option<Happening> {
    let subject = format!("guest/{code}");
    let Some((comes, _)) = draft.comes else {
        let words = format!("{name} never comes");
        return Some(Happening::once(draft.expected, HappeningKind::NeverComes, subject, words));
    };
    let late_min = comes.duration_since(draft.expected).as_mins();
    if let Some(post) = post.filter(|_| comes > draft.expected) {
        let words = format!("{name} is missing at post {} ({}) for {late_min} min", post.id, post.place);
        let span = Span { from: draft.expected, until: comes };
        return Some(Happening::lasting(span, HappeningKind::PostUnmanned, subject, words));
    }
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
