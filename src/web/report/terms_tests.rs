//! The usual terms for the tests beside it, and that what the rules write is read.

use super::*;

/// As a daemon keeps them where its configuration says nothing.
pub const USUAL: &str = r#"{"late_arrival":{"enabled":true,"severity":"warning","grace":"30m","tiers":{"vip":"10m"}},
    "idle_vehicle":{"enabled":true,"severity":"warning","after":"10m","stationary_below_kmh":2,
      "moving_above_kmh":5.5,"radius_m":50,"max_hdop":5,"min_satellites":4},
    "room_climate":{"enabled":true,"hold":"5m","limits":{"temperature":{"low":18,"high":27,"band":0.5},
      "co2":{"low":null,"high":1000,"band":100}}},
    "silent":{"vehicle":{"after":"2m"},"sensor":{"after":"15m"},"sensors":{"hall/slow":"3h"}}}"#;

pub fn usual() -> Terms {
    Terms::read(USUAL).unwrap()
}

#[test]
fn what_the_rules_write_is_read() {
    let settings = crate::rules::Settings::configured();
    let terms = Terms::read(&settings.to_json().unwrap()).unwrap();
    assert_eq!(terms.grace(Tier::Vip), settings.late_arrival.grace(Tier::Vip));
    assert_eq!(terms.grace(Tier::Guest), settings.late_arrival.grace(Tier::Guest));
    assert_eq!(terms.idle_vehicle.after, settings.idle_vehicle.after);
    assert_eq!(terms.limits().len(), settings.room_climate.limits.len());
    let (hall, slow) = ("hall".parse().unwrap(), "slow".parse().unwrap());
    assert_eq!(usual().sensor_counts_for(&hall, &slow), Span::from_mins(180));
    assert_eq!(usual().sensor_counts_for(&slow, &hall), Span::from_mins(15));
    assert_eq!(Terms::read("{}"), None);
}
