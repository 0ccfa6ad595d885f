//! The places of the day: corners of Shanghai, the roads between them and the zones around them. Roads are drawn by
//! hand with a few bends; they are no map data.

use crate::track::{Halt, Path, Point};

use super::Zone;

/// Where cars go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The drop-off lane of the venue.
    Venue,
    /// The open yard where the cars wait.
    Yard,
    /// The underground garage.
    Garage,
    /// Hongqiao airport.
    Hongqiao,
    /// Hongqiao railway station.
    Station,
    /// Pudong airport.
    Pudong,
    /// A hotel on the Bund.
    Bund,
    /// A hotel in the north.
    North,
    /// A guesthouse beyond the city, where the recorded drive begins.
    Guesthouse,
    /// A side street that belongs to no zone.
    SideStreet,
}

impl Spot {
    /// All spots that have a zone.
    pub const WITH_ZONE: [Self; 9] = [
        Self::Venue,
        Self::Yard,
        Self::Garage,
        Self::Hongqiao,
        Self::Station,
        Self::Pudong,
        Self::Bund,
        Self::North,
        Self::Guesthouse,
    ];

    /// The id of its zone.
    pub fn zone(self) -> &'static str {
        match self {
            Self::Venue => "venue-dropoff",
            Self::Yard => "yard",
            Self::Garage => "garage",
            Self::Hongqiao => "airport-hongqiao",
            Self::Station => "station-hongqiao",
            Self::Pudong => "airport-pudong",
            Self::Bund => "hotel-bund",
            Self::North => "hotel-north",
            Self::Guesthouse => "guesthouse-songjiang",
            Self::SideStreet => "side-street",
        }
    }

    /// What the staff call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Venue => "会场落客区",
            Self::Yard => "候车场",
            Self::Garage => "地下车库",
            Self::Hongqiao => "虹桥机场",
            Self::Station => "虹桥火车站",
            Self::Pudong => "浦东机场",
            Self::Bund => "外滩酒店",
            Self::North => "北区酒店",
            Self::Guesthouse => "松江宾馆",
            Self::SideStreet => "支路",
        }
    }

    /// Its middle.
    pub fn point(self) -> Point {
        match self {
            Self::Venue => Point::new(31.2430, 121.4717),
            Self::Yard => Point::new(31.2452, 121.4683),
            Self::Garage => Point::new(31.2412, 121.4748),
            Self::Hongqiao => Point::new(31.1960, 121.3363),
            Self::Station => Point::new(31.1946, 121.3205),
            Self::Pudong => Point::new(31.1503, 121.8055),
            Self::Bund => Point::new(31.2405, 121.4906),
            Self::North => Point::new(31.2712, 121.4561),
            // Where the recording begins when it ends at the venue.
            Self::Guesthouse => Point::new(31.0361, 121.2437),
            Self::SideStreet => Point::new(31.2275, 121.4620),
        }
    }

    /// Half the width of its zone, metres.
    fn reach_m(self) -> f64 {
        match self {
            Self::Pudong | Self::Hongqiao => 350.0,
            Self::Station => 280.0,
            Self::Yard => 110.0,
            Self::Bund | Self::North | Self::Guesthouse => 100.0,
            Self::Venue => 90.0,
            Self::Garage | Self::SideStreet => 70.0,
        }
    }

    /// The bends of the road from here to the venue.
    fn bends(self) -> &'static [Point] {
        match self {
            // From the guesthouse the recording knows the way; this would be the crow's.
            Self::Venue | Self::Yard | Self::Garage | Self::Guesthouse => &[],
            Self::Hongqiao => &HONGQIAO_ROAD,
            Self::Station => &STATION_ROAD,
            Self::Pudong => &PUDONG_ROAD,
            Self::Bund => &BUND_ROAD,
            Self::North => &NORTH_ROAD,
            Self::SideStreet => &SIDE_ROAD,
        }
    }

    /// How fast the road to the venue is driven where nothing stops a car, km/h.
    pub fn cruise_kmh(self) -> f64 {
        match self {
            Self::Pudong | Self::Guesthouse => 72.0,
            Self::Hongqiao | Self::Station => 52.0,
            Self::North => 38.0,
            Self::Bund | Self::SideStreet => 32.0,
            Self::Venue | Self::Yard | Self::Garage => 18.0,
        }
    }

    /// The road from here to the venue.
    pub fn road_to_venue(self) -> Path {
        let points: Vec<Point> =
            [self.point()].iter().chain(self.bends()).chain(&[Self::Venue.point()]).copied().collect();
        Path::along(&points)
    }

    /// The road from the yard to here.
    pub fn road_from_yard(self) -> Path {
        let bends = self.bends().iter().rev();
        let points: Vec<Point> = [Self::Yard.point()].iter().chain(bends).chain(&[self.point()]).copied().collect();
        Path::along(&points)
    }

    /// The road from here back to the yard.
    pub fn road_to_yard(self) -> Path {
        let points: Vec<Point> =
            [self.point()].iter().chain(self.bends()).chain(&[Self::Yard.point()]).copied().collect();
        Path::along(&points)
    }
}

const HONGQIAO_ROAD: [Point; 4] = [
    Point::new(31.1968, 121.3600),
    Point::new(31.2080, 121.4000),
    Point::new(31.2190, 121.4330),
    Point::new(31.2330, 121.4560),
];

const STATION_ROAD: [Point; 5] = [
    Point::new(31.1955, 121.3380),
    Point::new(31.1968, 121.3600),
    Point::new(31.2080, 121.4000),
    Point::new(31.2190, 121.4330),
    Point::new(31.2330, 121.4560),
];

const PUDONG_ROAD: [Point; 5] = [
    Point::new(31.1650, 121.7600),
    Point::new(31.1950, 121.6800),
    Point::new(31.2100, 121.6000),
    Point::new(31.2180, 121.5300),
    Point::new(31.2290, 121.4900),
];

const BUND_ROAD: [Point; 2] = [Point::new(31.2420, 121.4850), Point::new(31.2440, 121.4780)];
const NORTH_ROAD: [Point; 2] = [Point::new(31.2610, 121.4620), Point::new(31.2520, 121.4690)];
const SIDE_ROAD: [Point; 2] = [Point::new(31.2340, 121.4650), Point::new(31.2400, 121.4690)];

/// The zones of the plan: a square around each spot that has one.
pub fn zones() -> Vec<Zone> {
    Spot::WITH_ZONE
        .iter()
        .map(|spot| {
            let (middle, reach) = (spot.point(), spot.reach_m());
            let corners = [(-reach, -reach), (-reach, reach), (reach, reach), (reach, -reach), (-reach, -reach)];
            let ring = corners.iter().map(|&(north, east)| rounded(middle.moved(north, east))).collect();
            Zone { id: spot.zone().to_owned(), name: spot.name().to_owned(), ring }
        })
        .collect()
}

/// GeoJSON order, six decimals: a tenth of a metre.
fn rounded(point: Point) -> (f64, f64) {
    let six = |value: f64| (value * 1e6).round() / 1e6;
    (six(point.lon), six(point.lat))
}

/// The traffic lights of a road that happen to be red: every 500 to 1,100 m, for 12 to 50 s. Elevated roads have fewer.
pub fn red_lights(length_m: f64, cruise_kmh: f64, chance: &mut fastrand::Rng) -> Vec<Halt> {
    let sparse = if cruise_kmh > 45.0 { 4 } else { 1 };
    let mut halts = Vec::new();
    let mut at_m = 0.0;
    loop {
        at_m += f64::from(chance.u32(500..1100) * sparse);
        if at_m > length_m - 150.0 {
            return halts;
        }
        halts.push(Halt { at_m, hold_s: f64::from(chance.u32(12..50)), approach_kmh: cruise_kmh });
    }
}

/// A traffic jam: from one point on, a car length at a time, until the standing adds up. No single stop is long and
/// none is made in one place, so a car in a jam is late but not idle.
pub fn jam(from_m: f64, minutes: f64, chance: &mut fastrand::Rng) -> Vec<Halt> {
    let (mut halts, mut at_m, mut stood) = (Vec::new(), from_m, 0.0);
    while stood < minutes * 60.0 {
        at_m += f64::from(chance.u32(60..110));
        let hold_s = f64::from(chance.u32(60..130));
        stood += hold_s;
        halts.push(Halt { at_m, hold_s, approach_kmh: 12.0 });
    }
    halts
}
