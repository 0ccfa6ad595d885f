//! The comfort limits of one quantity, as a room of the plan and the rules of the configuration write them.

use std::ops::RangeInclusive;

use crate::document::Fields;
use crate::facts::plan::Limits;
use crate::facts::{Metric, Milli};

/// How far back within its limit a value must come before it counts as well again.
pub type Band = Milli;

/// What a limit of this quantity can sensibly be, in its own unit. Outside, the unit was most likely another
/// (degrees Fahrenheit, a fraction for a percentage).
const fn sensible(metric: Metric) -> RangeInclusive<Milli> {
    let (low, high) = match metric {
        Metric::Temperature => (-40, 60),
        Metric::Humidity | Metric::Battery | Metric::BatteryVoltage => (0, 100),
        Metric::Co2 => (350, 40_000),
        Metric::Pressure => (300, 1_200),
        Metric::Contact => (0, 1),
        Metric::Pm25
        | Metric::Pm10
        | Metric::Tvoc
        | Metric::Hcho
        | Metric::Illuminance
        | Metric::Occupancy
        | Metric::MotionCount => (0, 1_000_000),
    };
    Milli::from_whole(low)..=Milli::from_whole(high)
}

/// How people write the unit of the wire.
const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::Temperature => "°C",
        Metric::Humidity | Metric::Battery => "%",
        Metric::Co2 => "ppm",
        Metric::Pm25 | Metric::Pm10 | Metric::Hcho => "µg/m³",
        Metric::Tvoc => "ppb",
        Metric::Pressure => "hPa",
        Metric::Illuminance => "lx",
        Metric::BatteryVoltage => "V",
        Metric::Occupancy | Metric::Contact | Metric::MotionCount => "",
    }
}

/// Reads `low`, `high` and, where the table may have it, `band`; a side that is not written keeps its value in
/// `given`. Faults are reported, and what they touch keeps its value too.
pub fn read(fields: &Fields<'_>, metric: Metric, given: Limits, band: Option<Band>) -> (Limits, Band) {
    let range = sensible(metric);
    let unit = unit(metric);
    let low = fields.milli("low", &range, unit).or(given.low);
    let high = fields.milli("high", &range, unit).or(given.high);
    let band = match band {
        Some(given) => fields.milli("band", &(Milli::from_raw(0)..=*range.end()), unit).unwrap_or(given),
        None => Milli::from_raw(0),
    };
    if let (Some(low), Some(high)) = (low, high) {
        let key = if fields.has("low") { "low" } else { "high" };
        if low >= high {
            let what = format!("the low limit {low} is not below the high limit {high}");
            fields.fault(key, what, "low is what is too little, high what is too much: are they exchanged?");
        } else if low.plus(band) > high.minus(band) {
            let what = format!("between {low} and {high} there is no room for a band of {band} at each side");
            fields.fault("band", what, "take a smaller band: no value would be well again");
        }
    }
    let said = fields.has("low") || fields.has("high");
    if fields.is_sound() && !said && low.is_none() && high.is_none() {
        let what = format!("the limits of {metric} say neither low nor high");
        fields.fault("low", what, "write low, high or both, or take the whole out");
    }
    (Limits { low, high }, band)
}
