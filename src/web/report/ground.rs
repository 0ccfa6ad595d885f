//! Distances and areas on the ground, to the few metres that a receiver is wrong by.
//!
//! Good for a city: the ground is taken as flat between two points. Figures alone come of it; what rules judge is reckoned
//! in whole numbers by the rules.

use crate::facts::{E7, Position};

/// Metres a degree of a great circle of the mean earth (radius 6,371,008.8 m).
const METRES_A_DEGREE: f64 = 111_195.08;
/// What the integers inside stand for: a degree.
const DEGREE: f64 = 1e7;

/// A place: degrees north and east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::web) struct Point {
    north: f64,
    east: f64,
}

impl Point {
    /// Where a vehicle was.
    pub fn of(position: &Position) -> Self {
        Self::at(position.lat, position.lon)
    }

    fn at(lat: E7, lon: E7) -> Self {
        Self { north: lat.raw() as f64 / DEGREE, east: lon.raw() as f64 / DEGREE }
    }

    /// How far it is to another place, metres.
    pub fn metres_to(self, other: Self) -> f64 {
        let north = other.north - self.north;
        // The short way round.
        let east = (other.east - self.east + 540.0).rem_euclid(360.0) - 180.0;
        let middle = f64::midpoint(self.north, other.north).to_radians();
        north.hypot(east * middle.cos()) * METRES_A_DEGREE
    }

    /// Where somebody is who has done this share of the straight way to another place.
    pub fn towards(self, other: Self, share: f64) -> Self {
        // The short way round.
        let east = (other.east - self.east + 540.0).rem_euclid(360.0) - 180.0;
        Self { north: self.north + (other.north - self.north) * share, east: self.east + east * share }
    }

    /// Whether it lies within a ring of corners (longitude, latitude).
    pub fn is_within(self, ring: &[(E7, E7)]) -> bool {
        let corners = ring.iter().map(|(lon, lat)| Self::at(*lat, *lon));
        let before = corners.clone().cycle().skip(ring.len().saturating_sub(1));
        // A ray to the east crosses the ring an odd number of times.
        corners.zip(before).fold(false, |inside, (a, b)| {
            let crosses = (a.north > self.north) != (b.north > self.north)
                && self.east < (b.east - a.east) * (self.north - a.north) / (b.north - a.north) + a.east;
            inside != crosses
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(text: &str) -> Point {
        let (lat, lon) = text.split_once(' ').unwrap();
        Point::at(lat.parse().unwrap(), lon.parse().unwrap())
    }

    #[test]
    fn distances_agree_with_the_great_circle() {
        for (a, b, metres) in [
            ("31.24303 121.47175", "31.24303 121.47175", 0.0),
            ("31.24303 121.47175", "31.24348 121.47175", 50.0),
            // Shanghai, People's Square to Hongqiao station.
            ("31.2304 121.4737", "31.1940 121.3200", 15_167.0),
            // Across the 180th meridian, Fiji.
            ("-17.0 179.99", "-17.0 -179.99", 2_127.0),
        ] {
            let off = (point(a).metres_to(point(b)) - metres).abs();
            assert!(off <= 1.0 + metres / 1_000.0, "{a} to {b}: off by {off} m");
        }
    }

    #[test]
    fn a_ring_holds_its_inside() {
        let ring: Vec<(E7, E7)> = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
            .map(|(lon, lat)| (E7::from_whole(lon), E7::from_whole(lat)))
            .to_vec();
        for (at, inside) in [
            ("0.5 0.5", true),
            ("0.5 1.5", true),
            ("1.5 0.5", true),
            ("1.5 1.5", false),
            ("-1 0", false),
            ("1 3", false),
        ] {
            assert_eq!(point(at).is_within(&ring), inside, "{at}");
        }
        assert!(!point("0 0").is_within(&[]));
    }
}
