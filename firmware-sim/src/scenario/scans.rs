//! Who scans at which kiosk, and what befalls the kiosks: two of them lose the network, one sends a scan twice, one
//! meets a stranger. Gives each kiosk its script.

use jiff::civil::{Date, date as civil_date};
use jiff::{SignedDuration, Timestamp};

use crate::kiosk::{Deed, Direction, KioskScript, Scan};
use crate::time::Span;

use super::people::{Arrival, Door, Tier};
use super::{Calendar, Happening, HappeningKind};

/// The kiosks and where they stand.
pub const KIOSKS: [(&str, &str); 5] =
    [("K01", "main-door"), ("K02", "main-door"), ("K03", "north-door"), ("K04", "vip-door"), ("K05", "garage-door")];

/// The kiosk of the VIPs' door.
const VIP_KIOSK: usize = 3;
/// The kiosk that is offline for a quarter of an hour, and the one that is cut off longer and reports late.
const OFFLINE_KIOSK: usize = 1;
const CUT_OFF_KIOSK: usize = 4;
/// Of a hundred guests so many scan again when they leave; of a hundred leavers so many come back.
const LEAVERS: u32 = 36;
const RETURNERS: u32 = 6;
/// A kiosk's running number has six digits; each day gets a block of so many numbers, 500 days until they repeat.
const NUMBERS_PER_DAY: i64 = 2_000;
const DAYS_OF_NUMBERS: i64 = 500;
/// Who scans at a dead kiosk is not reported before it returns; with so much time to spare nobody takes them for late.
const SPARE: SignedDuration = SignedDuration::from_mins(3);
/// The grace of the plan's rules, within which an unreported guest is not yet missed.
const GRACE: SignedDuration = SignedDuration::from_mins(30);
const GRACE_VIP: SignedDuration = SignedDuration::from_mins(10);

/// A scan before it has its number.
#[derive(Debug, Clone)]
struct Pass {
    kiosk: usize,
    at: Timestamp,
    code: String,
    direction: Direction,
    duration_s: u32,
    /// Where, if not where the kiosk stands.
    point: Option<String>,
    /// Sent a second time so much later.
    again_after: Option<SignedDuration>,
}

/// The kiosks' scripts, and what is remarkable.
pub struct DoorDay {
    pub kiosks: Vec<KioskScript>,
    pub happenings: Vec<Happening>,
}

/// Lets everybody in, and some out again.
pub fn arrive(calendar: &Calendar, date: Date, arrivals: &[Arrival], chance: &mut fastrand::Rng) -> DoorDay {
    let outages = [
        (OFFLINE_KIOSK, Span::minutes(calendar.at(11, 20), 15)),
        (CUT_OFF_KIOSK, Span::minutes(calendar.at(13, 10), 50)),
    ];
    let mut passes = Vec::new();
    for arrival in arrivals {
        let entry = enter(arrival, &outages, chance);
        if arrival.tier != Tier::Staff {
            passes.extend(go_out_and_return(&entry, calendar, &outages, chance));
        }
        passes.push(entry);
    }
    let (receptions, waits) = receive(calendar, arrivals, &passes, &outages);
    passes.extend(receptions);
    let mut happenings = mishaps(&mut passes, calendar, &outages);
    happenings.extend(waits);
    for (kiosk, span) in &outages {
        let (id, _) = KIOSKS[*kiosk];
        let words = format!("{id} has no network for {} min and uploads its scans afterwards", span.length().as_mins());
        happenings.push(Happening::lasting(*span, HappeningKind::KioskOffline, format!("kiosk/{id}"), words));
    }
    passes.sort_by(|left, right| (left.at, left.kiosk, &left.code).cmp(&(right.at, right.kiosk, &right.code)));
    let kiosks = (0..KIOSKS.len()).map(|kiosk| script(kiosk, date, &passes, &outages)).collect();
    DoorDay { kiosks, happenings }
}

fn enter(arrival: &Arrival, outages: &[(usize, Span)], chance: &mut fastrand::Rng) -> Pass {
    let grace = match arrival.tier {
        Tier::Vip => GRACE_VIP,
        Tier::Guest | Tier::Staff => GRACE,
    };
    let missed_at = arrival.expected_at + grace;
    let kiosk = match arrival.door {
        Door::CutOff => CUT_OFF_KIOSK,
        Door::Any => {
            let wanted = favourite(arrival.tier, chance);
            let harmful = |kiosk: usize| {
                outages
                    .iter()
                    .any(|(dead, span)| *dead == kiosk && span.contains(arrival.at) && span.until + SPARE > missed_at)
            };
            if harmful(wanted) { 0 } else { wanted }
        }
    };
    Pass {
        kiosk,
        at: arrival.at,
        code: arrival.code.clone(),
        direction: Direction::Entry,
        duration_s: arrival.duration_s,
        point: None,
        again_after: None,
    }
}

/// Whoever receives a VIP scans the badge once more where the host waits, with the scanner of the VIPs' door; one VIP of the
/// morning stands there for a while before anybody does.
fn receive(
    calendar: &Calendar,
    arrivals: &[Arrival],
    passes: &[Pass],
    outages: &[(usize, Span)],
) -> (Vec<Pass>, Option<Happening>) {
    let mut waits = None;
    let mut receptions = Vec::new();
    for (number, arrival) in (0..).zip(arrivals.iter().filter(|arrival| arrival.tier == Tier::Vip)) {
        let came_in = |pass: &&Pass| pass.code == arrival.code && pass.direction == Direction::Entry;
        let Some(entry) = passes.iter().filter(came_in).min_by_key(|pass| pass.at) else { continue };
        // Who came in unseen is not seen to be received either.
        if outages.iter().any(|(dead, span)| *dead == entry.kiosk && span.contains(entry.at)) {
            continue;
        }
        let left_waiting = waits.is_none() && entry.at >= calendar.at(9, 0);
        let after = if left_waiting {
            SignedDuration::from_mins(11)
        } else {
            SignedDuration::from_secs(60 + number * 37 % 150)
        };
        if left_waiting {
            let span = Span { from: entry.at, until: entry.at + after };
            let words = format!("{} has checked in, and nobody comes for {} min", arrival.code, after.as_mins());
            waits =
                Some(Happening::lasting(span, HappeningKind::LeftWaiting, format!("guest/{}", arrival.code), words));
        }
        receptions.push(Pass {
            kiosk: VIP_KIOSK,
            at: entry.at + after,
            duration_s: 3,
            point: Some(arrival.place.clone()),
            again_after: None,
            ..entry.clone()
        });
    }
    (receptions, waits)
}

/// VIPs use their own door, and a few others with them; everybody else spreads over the rest.
fn favourite(tier: Tier, chance: &mut fastrand::Rng) -> usize {
    match (tier, chance.u32(0..20)) {
        (Tier::Vip, 0..=16) | (Tier::Guest | Tier::Staff, 0) => VIP_KIOSK,
        (Tier::Vip | Tier::Guest | Tier::Staff, roll) => [0, 1, 2, 4, 0, 1][roll as usize % 6],
    }
}

fn go_out_and_return(
    entry: &Pass,
    calendar: &Calendar,
    outages: &[(usize, Span)],
    chance: &mut fastrand::Rng,
) -> Vec<Pass> {
    let mut passes = Vec::new();
    let leaves = entry.at + SignedDuration::from_secs(chance.i64(60 * 60..240 * 60));
    if chance.u32(0..100) >= LEAVERS || leaves > calendar.closes - SignedDuration::from_mins(20) {
        return passes;
    }
    // In and out by the same door, so that the way in is reported before the way out.
    let at_entry_kiosk = Pass { at: leaves, direction: Direction::Exit, duration_s: 4, ..entry.clone() };
    let dead = outages.iter().any(|(kiosk, span)| *kiosk == entry.kiosk && span.contains(leaves));
    if dead {
        return passes;
    }
    if chance.u32(0..100) < RETURNERS {
        let returns = leaves + SignedDuration::from_secs(chance.i64(8 * 60..18 * 60));
        passes.push(Pass { at: returns, direction: Direction::Entry, duration_s: 6, ..entry.clone() });
    }
    passes.push(at_entry_kiosk);
    passes
}

/// The scan that is sent twice, the guest at two kiosks, the stranger; and the guest who is reported late, seen above.
fn mishaps(passes: &mut Vec<Pass>, calendar: &Calendar, outages: &[(usize, Span)]) -> Vec<Happening> {
    let quiet = |at: Timestamp| !outages.iter().any(|(_, span)| span.contains(at));
    let mut happenings = Vec::new();
    let after = |passes: &[Pass], from: Timestamp, kiosk: usize| {
        let fits = |pass: &&Pass| pass.at >= from && pass.kiosk == kiosk && pass.direction == Direction::Entry;
        let first = passes.iter().filter(fits).filter(|pass| quiet(pass.at)).min_by_key(|pass| pass.at)?;
        passes.iter().position(|pass| pass.at == first.at && pass.code == first.code)
    };
    if let Some(pass) = after(passes, calendar.at(8, 40), 2).and_then(|index| passes.get_mut(index)) {
        let later = SignedDuration::from_secs(40);
        pass.again_after = Some(later);
        let (id, _) = KIOSKS[pass.kiosk];
        let words = format!("{id} sends the scan of {} a second time", pass.code);
        happenings.push(Happening::once(
            pass.at + later,
            HappeningKind::ScanRepeated,
            format!("guest/{}", pass.code),
            words,
        ));
    }
    if let Some(first) = after(passes, calendar.at(9, 50), 0).and_then(|index| passes.get(index)).cloned() {
        let at = first.at + SignedDuration::from_mins(6);
        let words = format!("{} scans at {} and again at {}", first.code, KIOSKS[0].0, KIOSKS[2].0);
        happenings.push(Happening::once(at, HappeningKind::TwoKiosks, format!("guest/{}", first.code), words));
        passes.push(Pass { kiosk: 2, at, duration_s: 5, ..first });
    }
    let at = calendar.at(10, 42) + SignedDuration::from_secs(17);
    let words = "A code that is on no list is held before K01";
    happenings.push(Happening::once(at, HappeningKind::Stranger, "kiosk/K01", words));
    passes.push(Pass {
        kiosk: 0,
        at,
        code: "X-4711".to_owned(),
        direction: Direction::Entry,
        duration_s: 20,
        point: None,
        again_after: None,
    });
    happenings
}

/// A kiosk's script: its passes numbered in order of time, and its outages.
fn script(kiosk: usize, date: Date, passes: &[Pass], outages: &[(usize, Span)]) -> KioskScript {
    let (id, point) = KIOSKS[kiosk];
    let mut deeds = Vec::new();
    let first = first_number(date);
    for (number, pass) in (first..).zip(passes.iter().filter(|pass| pass.kiosk == kiosk)) {
        let scan = Scan {
            scan_id: format!("{id}-{number:06}"),
            code: pass.code.clone(),
            at: pass.at,
            direction: pass.direction,
            point: pass.point.clone().unwrap_or_else(|| point.to_owned()),
            method: "qr",
            duration_s: pass.duration_s,
        };
        if let Some(later) = pass.again_after {
            deeds.push((pass.at + later, Deed::Scan(scan.clone())));
        }
        deeds.push((pass.at, Deed::Scan(scan)));
    }
    for (_, span) in outages.iter().filter(|(dead, _)| *dead == kiosk) {
        deeds.push((span.from, Deed::CutOff));
        deeds.push((span.until, Deed::Reconnect));
    }
    deeds.sort_by_key(|(at, _)| *at);
    KioskScript { id: id.to_owned(), point: point.to_owned(), deeds }
}

/// Where a kiosk's numbers begin on a date. A real kiosk counts on from day to day; two simulated days must not use the
/// same scan ids either, or the second day would be taken for the first one sent again.
fn first_number(date: Date) -> i64 {
    let days = date.duration_since(civil_date(1970, 1, 1)).as_hours() / 24;
    days.rem_euclid(DAYS_OF_NUMBERS) * NUMBERS_PER_DAY + 1
}
