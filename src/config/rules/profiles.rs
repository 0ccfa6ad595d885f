//! Limits of a room's climate as standards name them, for `[rules.room_climate] profile`.
//!
//! A standard's limits of CO2 and dust are means over an hour or a day; here they are limits like any other, of values
//! that stay so for the rule's hold. Has no TVOC: GB/T 18883 limits its mass, and sensors report parts per billion.

use std::collections::BTreeMap;

use crate::facts::{Metric, Milli};
use crate::rules::Comfort;

/// A named set of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    Gbt18883,
    En16798I,
    En16798Ii,
    En16798Iii,
}

/// When in the year. A standard wants other temperatures in summer than in winter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Season {
    Summer,
    Winter,
}

pub(super) const PROFILES: &[(&str, Profile)] = &[
    ("gb-t-18883-2022", Profile::Gbt18883),
    ("en-16798-1-i", Profile::En16798I),
    ("en-16798-1-ii", Profile::En16798Ii),
    ("en-16798-1-iii", Profile::En16798Iii),
];

pub(super) const SEASONS: &[(&str, Season)] = &[("summer", Season::Summer), ("winter", Season::Winter)];

/// What EN 16798-1 adds to, ppm: it names CO2 above that of the outdoor air.
const CO2_OUTDOORS: i64 = 400;

/// A range in summer and one in winter, in thousandths.
#[derive(Debug, Clone, Copy)]
struct Range {
    summer: (i64, i64),
    winter: (i64, i64),
}

impl Range {
    /// The season's, or from the lower of both to the higher of both.
    fn within(self, season: Option<Season>, band: i64) -> Comfort {
        let (low, high) = match season {
            Some(Season::Summer) => self.summer,
            Some(Season::Winter) => self.winter,
            None => (self.summer.0.min(self.winter.0), self.summer.1.max(self.winter.1)),
        };
        Comfort { low: Some(Milli::from_raw(low)), high: Some(Milli::from_raw(high)), band: Milli::from_raw(band) }
    }
}

fn at_most(high: i64, band: i64) -> Comfort {
    Comfort { low: None, high: Some(Milli::from_whole(high)), band: Milli::from_whole(band) }
}

impl Profile {
    /// The limits, with bands as wide as the sensors are inexact.
    pub(super) fn limits(self, season: Option<Season>) -> BTreeMap<Metric, Comfort> {
        let temperature = |summer, winter| Range { summer, winter }.within(season, 500);
        let en = |summer, winter, co2| {
            BTreeMap::from([
                (Metric::Temperature, temperature(summer, winter)),
                (Metric::Co2, at_most(CO2_OUTDOORS + co2, 100)),
            ])
        };
        match self {
            Self::Gbt18883 => BTreeMap::from([
                (Metric::Temperature, temperature((22_000, 28_000), (16_000, 24_000))),
                (Metric::Humidity, Range { summer: (40_000, 80_000), winter: (30_000, 60_000) }.within(season, 3_000)),
                (Metric::Co2, at_most(1_000, 100)),
                (Metric::Pm25, at_most(50, 5)),
                (Metric::Pm10, at_most(100, 10)),
                (Metric::Hcho, at_most(80, 8)),
            ]),
            Self::En16798I => en((23_500, 25_500), (21_000, 25_000), 550),
            Self::En16798Ii => en((23_000, 26_000), (20_000, 25_000), 800),
            Self::En16798Iii => en((22_000, 27_000), (18_000, 25_000), 1_350),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limits of a profile as text.
    fn told(profile: &str, season: Option<&str>) -> String {
        let of = |words: &[(&str, Season)], word: &str| words.iter().find(|(own, _)| *own == word).unwrap().1;
        let (_, profile) = PROFILES.iter().find(|(word, _)| *word == profile).unwrap();
        let limits = profile.limits(season.map(|season| of(SEASONS, season)));
        let side = |limit: Option<Milli>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let one =
            |(metric, comfort): (&Metric, &Comfort)| format!("{metric} {}..{}", side(comfort.low), side(comfort.high));
        limits.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_profile_has_the_limits_of_its_standard() {
        let rest = "co2 ..1000, pm25 ..50, pm10 ..100, hcho ..80";
        for (profile, season, want) in [
            ("gb-t-18883-2022", Some("summer"), &*format!("temperature 22..28, humidity 40..80, {rest}")),
            ("gb-t-18883-2022", Some("winter"), &*format!("temperature 16..24, humidity 30..60, {rest}")),
            ("gb-t-18883-2022", None, &*format!("temperature 16..28, humidity 30..80, {rest}")),
            ("en-16798-1-i", Some("summer"), "temperature 23.5..25.5, co2 ..950"),
            ("en-16798-1-ii", Some("winter"), "temperature 20..25, co2 ..1200"),
            ("en-16798-1-iii", None, "temperature 18..27, co2 ..1750"),
        ] {
            assert_eq!(told(profile, season), want, "{profile} {season:?}");
        }
    }

    #[test]
    fn every_profile_makes_sense_to_the_rule() {
        for (_, profile) in PROFILES {
            for season in [None, Some(Season::Summer), Some(Season::Winter)] {
                let mut settings = crate::rules::Settings::configured();
                settings.room_climate.limits = profile.limits(season);
                assert!(settings.faults().is_empty(), "{profile:?} {season:?}: {:?}", settings.faults());
            }
        }
    }
}
