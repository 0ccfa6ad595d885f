//! The fixes that the sentences make, and what is kept of them.

use portico::devices::fix::{Fix, Heard, Thinned, Thinning};
use portico::devices::nmea::{Sentence, SentenceKind, Standing};
use portico::facts::Timestamp;

use crate::support::{at, degrees, fixes, frames, heard, logs, metres, near, path, read, sentences};

#[test]
fn every_moment_with_a_position_is_one_fix() {
    for (name, bytes, _) in logs() {
        let (frames, _) = frames(&bytes, || 1024);
        let fixes = fixes(&frames);
        let rmc = sentences(&frames, SentenceKind::Rmc);
        let active: Vec<&Sentence> = rmc.iter().filter(|s| s.standing == Standing::Fixed).collect();
        // Moments that only other sentences tell.
        let more = match name.as_str() {
            // Its GLL is a second later than the rest of the burst.
            "garmin48.nmea" => 7,
            // The RMC of 00:03:43 is before the log's beginning.
            "coldboot-corrupt.nmea" => 1,
            // Its first part begins with the GLL of 15:25:04.5, its second with the GGA of 14:33:06.
            "bt451-moving.nmea" => 2,
            // One kind of sentence a second: GLL and GGA have moments of their own.
            "humminbird-IN.nmea" => 16,
            _ => 0,
        };
        assert_eq!(fixes.len(), active.len() + more, "{name}");
        let mut next = fixes.iter();
        for sentence in active {
            let fix =
                next.find(|fix| Some(fix.place) == sentence.says.place && fix.speed_kmh == sentence.says.speed_kmh);
            let fix = fix.unwrap_or_else(|| panic!("{name}: no fix for {sentence:?}"));
            // "2208-1" is no date: there, the date is the one that the next sentence told.
            let at = at(sentence).unwrap_or_else(|| "1999-08-22T00:02:31.099Z".into());
            assert_eq!(fix.fix_at.unwrap().to_string(), at, "{name}");
            assert!(!fix.plausible, "{name}: none of them is of the day at which we listen");
        }
    }
}

#[test]
fn what_else_is_told_of_a_fix_comes_from_its_own_moment() {
    let car = fixes(&frames(&read("car-reno-tahoe-part2.nmea"), || 1024).0);
    assert!(car.iter().all(|fix| fix.hdop.is_some() && fix.satellites.is_some()));
    let gga = sentences(&frames(&read("car-reno-tahoe-part2.nmea"), || 1024).0, SentenceKind::Gga);
    for (fix, gga) in car.iter().zip(gga) {
        assert_eq!((fix.hdop, fix.satellites), (gga.says.hdop, gga.says.satellites), "{fix:?}");
    }
}

#[test]
fn losing_the_fix_is_heard() {
    let words = |name: &str| {
        let heard = heard(&frames(&read(name), || 1024).0);
        let words = heard.iter().map(|heard| match heard {
            Heard::Fix(_) => '.',
            Heard::FixLost(_) => 'L',
            Heard::FixBack(_) => 'B',
            Heard::Nobody | Heard::Forgotten(_) => '?',
        });
        words.collect::<String>()
    };
    // It never has a fix at the beginning; ten seconds of that do not pass here, where time stands.
    assert_eq!(words("haicom-305N.nmea"), ".".repeat(68));
    let quectel = words("quectel-eg25-g.nmea");
    assert_eq!(quectel.matches('.').count(), 23);
    assert_eq!((quectel.matches('L').count(), quectel.matches('B').count()), (1, 1), "{quectel}");
}

/// The fixes of the drive, and when each was heard.
fn drive() -> Vec<(Fix, Timestamp)> {
    let fixes = fixes(&frames(&read("car-reno-tahoe-part2.nmea"), || 1024).0);
    fixes.into_iter().map(|fix| (fix.clone(), fix.fix_at.unwrap())).collect()
}

#[test]
fn stops_are_where_others_saw_them() {
    for (name, bytes, facts) in logs() {
        let Some(want) = facts["rmc"]["stops_below_1kn_for_60s"].as_array() else { continue };
        let rmc = sentences(&frames(&bytes, || 1024).0, SentenceKind::Rmc);
        let told = |s: &Sentence| Some((s.says.day?.at(s.time?), s.says.place?, s.says.speed_kmh?));
        let fixes: Vec<_> = rmc.iter().filter_map(told).collect();
        let mut stops = Vec::new();
        let slow = |speed: i64| speed < 1852;
        for run in
            fixes.chunk_by(|a, b| slow(a.2.raw()) == slow(b.2.raw()) && (0..=30).contains(&b.0.since(a.0).as_secs()))
        {
            let ((from, place, speed), (to, ..)) = (run[0], run[run.len() - 1]);
            if slow(speed.raw()) && to.since(from).as_secs() >= 60 {
                stops.push((from.to_string(), to.to_string(), place));
            }
        }
        assert_eq!(stops.len(), want.len(), "{name}: {stops:?}");
        for ((from, to, place), fact) in stops.iter().zip(want) {
            assert_eq!(
                (Some(from.as_str()), Some(to.as_str())),
                (fact["from"].as_str(), fact["to"].as_str()),
                "{name}"
            );
            near(&name, degrees(place.lat), &fact["lat"], 5.1e-7);
            near(&name, degrees(place.lon), &fact["lon"], 5.1e-7);
        }
    }
}

#[test]
fn a_thinned_drive_is_the_same_drive() {
    let all = drive();
    assert_eq!(all.len(), 2042);
    let rule = Thinning::default();
    let mut thinned = Thinned::default();
    let kept: Vec<bool> = all.iter().map(|(fix, at)| thinned.keeps(&rule, fix, *at)).collect();
    let count = kept.iter().filter(|kept| **kept).count();
    // A fix every two seconds; of a receiver that tells one a second, half as many stay.
    assert!(count < all.len() * 2 / 5, "{count} of {}", all.len());
    let of_kept = all.iter().zip(&kept).filter(|(_, kept)| **kept).map(|((fix, _), _)| fix.place);
    let (length, whole) = (path(of_kept), path(all.iter().map(|(fix, _)| fix.place)));
    assert!((length - whole).abs() < whole / 100.0, "{length} m of {whole} m");

    let kmh = |fix: &Fix| fix.speed_kmh.unwrap().raw();
    let course = |fix: &Fix| fix.course.unwrap().raw();
    let mut last = &all[0];
    for (now, kept) in all.iter().zip(&kept) {
        if *kept {
            last = now;
            continue;
        }
        // What was left out says nothing that what was kept before it does not say.
        assert!(now.1.since(last.1).as_secs() < 30, "{now:?}");
        assert!(metres(last.0.place, now.0.place) < 101.0, "{now:?}");
        let turned = (course(&now.0) - course(&last.0)).rem_euclid(360_000);
        let turned = turned.min(360_000 - turned);
        assert!(turned < 15_000 || kmh(&now.0) < 5_500, "{now:?}");
    }
    // Every stop of ten seconds and more is seen in what was kept, however short of a minute.
    let slow = |fix: &Fix| kmh(fix) <= 2_000;
    let mut stops = 0;
    let indices: Vec<usize> = (0..all.len()).collect();
    for run in indices.chunk_by(|a, b| slow(&all[*a].0) == slow(&all[*b].0)) {
        if slow(&all[run[0]].0) && run.len() > 5 {
            stops += 1;
            assert!(kept[run[0]], "the stop at {}", all[run[0]].1);
        }
    }
    assert!(stops > 2, "{stops}");
}
