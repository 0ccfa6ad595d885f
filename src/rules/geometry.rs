//! Distances and areas on the ground, in whole numbers only: the same answer on every machine.
//!
//! Good for a city: the ground is taken as flat between two points, which is wrong by less than one part in a
//! thousand up to about 100 km outside the polar regions. Knows no zone that crosses the 180th meridian.

use serde::{Deserialize, Serialize};

use crate::facts::{E7, Position};

/// A place on the ground, degrees × 10⁷.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Point {
    /// Degrees north.
    pub lat: E7,
    /// Degrees east.
    pub lon: E7,
}

impl Point {
    /// Where a vehicle was.
    pub(super) const fn of(position: &Position) -> Self {
        Self { lat: position.lat, lon: position.lon }
    }
}

/// The circle of longitude: 360 degrees × 10⁷.
const CIRCLE: i64 = 3_600_000_000;
/// Centimetres a degree of a great circle of the mean earth (radius 6,371,008.8 m).
const CM_A_DEGREE: i64 = 11_119_508;
/// One degree.
const DEGREE: i64 = 10_000_000;
/// What the cosines below are multiplied by.
const COSINE_ONE: i64 = 1_000_000;

/// The cosine of 0 to 90 whole degrees, in millionths.
#[rustfmt::skip]
const COSINES: [i64; 91] = [
    1_000_000, 999_848, 999_391, 998_630, 997_564, 996_195, 994_522, 992_546, 990_268, 987_688,
    984_808, 981_627, 978_148, 974_370, 970_296, 965_926, 961_262, 956_305, 951_057, 945_519,
    939_693, 933_580, 927_184, 920_505, 913_545, 906_308, 898_794, 891_007, 882_948, 874_620,
    866_025, 857_167, 848_048, 838_671, 829_038, 819_152, 809_017, 798_636, 788_011, 777_146,
    766_044, 754_710, 743_145, 731_354, 719_340, 707_107, 694_658, 681_998, 669_131, 656_059,
    642_788, 629_320, 615_661, 601_815, 587_785, 573_576, 559_193, 544_639, 529_919, 515_038,
    500_000, 484_810, 469_472, 453_990, 438_371, 422_618, 406_737, 390_731, 374_607, 358_368,
    342_020, 325_568, 309_017, 292_372, 275_637, 258_819, 241_922, 224_951, 207_912, 190_809,
    173_648, 156_434, 139_173, 121_869, 104_528, 87_156, 69_756, 52_336, 34_899, 17_452,
    0,
];

/// The cosine of a latitude in millionths, straight between whole degrees (wrong by less than 40 millionths).
fn cosine(lat: i64) -> i64 {
    let lat = lat.abs().min(90 * DEGREE);
    let at = usize::try_from(lat / DEGREE).unwrap_or(90);
    let (Some(here), next) = (COSINES.get(at).copied(), COSINES.get(at + 1).copied().unwrap_or(0)) else {
        return 0;
    };
    here + (next - here) * (lat % DEGREE) / DEGREE
}

/// The distance between two places in centimetres.
pub(super) fn centimetres(a: Point, b: Point) -> i64 {
    let north = b.lat.raw() - a.lat.raw();
    let mut east = (b.lon.raw() - a.lon.raw()) % CIRCLE;
    if east > CIRCLE / 2 {
        east -= CIRCLE;
    } else if east < -CIRCLE / 2 {
        east += CIRCLE;
    }
    let north_cm = i128::from(north) * i128::from(CM_A_DEGREE) / i128::from(DEGREE);
    let middle = i64::midpoint(a.lat.raw(), b.lat.raw());
    let east_cm = i128::from(east) * i128::from(CM_A_DEGREE) * i128::from(cosine(middle))
        / (i128::from(DEGREE) * i128::from(COSINE_ONE));
    i64::try_from((north_cm * north_cm + east_cm * east_cm).isqrt()).unwrap_or(i64::MAX)
}

/// Whether two places are farther apart than this many metres.
pub(super) fn farther_than(a: Point, b: Point, metres: u32) -> bool {
    centimetres(a, b) > i64::from(metres) * 100
}

/// Whether a place lies in a ring of corners (longitude, latitude); its edge belongs to it. A ring of fewer than
/// three corners holds nothing.
pub(super) fn contains(ring: &[(E7, E7)], point: Point) -> bool {
    if ring.len() < 3 {
        return false;
    }
    let (x, y) = (i128::from(point.lon.raw()), i128::from(point.lat.raw()));
    let mut inside = false;
    let corners = ring.iter().map(|(lon, lat)| (i128::from(lon.raw()), i128::from(lat.raw())));
    let before = corners.clone().cycle().skip(ring.len() - 1);
    for ((bx, by), (ax, ay)) in corners.zip(before) {
        // Twice the area of the triangle a, b, point: 0 when the point lies on the line through a and b.
        let turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        if turn == 0 && x >= ax.min(bx) && x <= ax.max(bx) && y >= ay.min(by) && y <= ay.max(by) {
            return true;
        }
        // A ray to the east crosses the edge if its ends lie on both sides of the ray and the point lies west.
        if (ay > y) != (by > y) && (turn > 0) == (by > ay) {
            inside = !inside;
        }
    }
    inside
}

/// Whether a place lies outside a ring, and farther than this many metres from each of its edges.
pub(super) fn is_beyond(ring: &[(E7, E7)], point: Point, metres: u32) -> bool {
    if contains(ring, point) {
        return false;
    }
    let around = cosine(point.lat.raw());
    let local = |(lon, lat): &(E7, E7)| {
        let east = i128::from(lon.raw() - point.lon.raw()) * i128::from(CM_A_DEGREE) * i128::from(around)
            / (i128::from(DEGREE) * i128::from(COSINE_ONE));
        let north = i128::from(lat.raw() - point.lat.raw()) * i128::from(CM_A_DEGREE) / i128::from(DEGREE);
        (east, north)
    };
    let most = i128::from(metres) * 100;
    let corners = ring.iter().map(local);
    let before = corners.clone().cycle().skip(ring.len().saturating_sub(1));
    corners.zip(before).all(|(b, a)| is_farther(a, b, most))
}

/// Whether the line from a to b stays farther from the origin than `most`.
fn is_farther((ax, ay): (i128, i128), (bx, by): (i128, i128), most: i128) -> bool {
    let (dx, dy) = (bx - ax, by - ay);
    let (length, along) = (dx * dx + dy * dy, -(ax * dx + ay * dy));
    if along <= 0 {
        return ax * ax + ay * ay > most * most;
    }
    if along >= length {
        return bx * bx + by * by > most * most;
    }
    let across = ax * dy - ay * dx;
    across * across > most * most * length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(text: &str) -> Point {
        let (lat, lon) = text.split_once(' ').unwrap();
        Point { lat: lat.parse().unwrap(), lon: lon.parse().unwrap() }
    }

    /// Great-circle distances on the mean sphere, from the haversine formula in double precision.
    #[test]
    fn distances_agree_with_the_great_circle() {
        for (a, b, metres) in [
            ("31.24303 121.47175", "31.24303 121.47175", 0),
            ("31.24303 121.47175", "31.24348 121.47175", 50),
            ("31.24303 121.47175", "31.24303 121.472276", 50),
            // Shanghai, People's Square to Hongqiao station.
            ("31.2304 121.4737", "31.1940 121.3200", 15_167),
            // Reno to Lake Tahoe.
            ("39.5296 -119.8138", "39.0968 -120.0324", 51_669),
            // Across the 180th meridian, Fiji.
            ("-17.0 179.99", "-17.0 -179.99", 2_127),
            // Near the pole.
            ("78.2232 15.6267", "78.2462 15.4656", 4_459),
            ("0 0", "0 1", 111_195),
        ] {
            let got = centimetres(point(a), point(b));
            let off = (got - metres * 100).abs();
            assert!(off <= 100 + metres / 10, "{a} to {b}: {got} cm, expected {metres} m");
            assert_eq!(got, centimetres(point(b), point(a)));
        }
        assert!(!farther_than(point("31.24303 121.47175"), point("31.24347 121.47175"), 50));
        assert!(farther_than(point("31.24303 121.47175"), point("31.24349 121.47175"), 50));
    }

    #[test]
    fn a_ring_holds_its_inside_and_its_edge() {
        // An L: the square from 0 to 2 without its upper right quarter.
        let ring: Vec<(E7, E7)> = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
            .map(|(lon, lat)| (E7::from_whole(lon), E7::from_whole(lat)))
            .to_vec();
        let mut turned = ring.clone();
        turned.reverse();
        for (at, inside) in [
            ("0.5 0.5", true),
            ("1.5 0.5", true),
            ("0.5 1.5", true),
            ("1.5 1.5", false),
            ("1.0000001 1.0000001", false),
            ("1 1", true),
            ("0 1", true),
            ("2 0.5", true),
            ("1 1.5", true),
            ("2.0000001 0.5", false),
            ("0.5 -0.0000001", false),
            ("0.5 2.0000001", false),
            ("-1 0", false),
            ("1 3", false),
        ] {
            assert_eq!(contains(&ring, point(at)), inside, "{at}");
            assert_eq!(contains(&turned, point(at)), inside, "{at} in the ring turned round");
        }
        assert!(!contains(&ring[..2], point("0 0")));
    }

    #[test]
    fn beyond_a_ring_is_outside_and_far_from_its_edges() {
        // A square of about 111 m, its south-west corner at the origin.
        let ring: Vec<(E7, E7)> = [(0, 0), (10_000, 0), (10_000, 10_000), (0, 10_000)]
            .map(|(x, y)| (E7::from_raw(x), E7::from_raw(y)))
            .to_vec();
        let metres = |x: i64, y: i64| Point {
            lat: E7::from_raw(y * 10_000_000_000 / 111_195_080),
            lon: E7::from_raw(x * 10_000_000_000 / 111_195_080),
        };
        for (x, y, beyond) in [
            (50, 50, false),
            (-29, 50, false),
            (-31, 50, true),
            (50, 141, false),
            (50, 143, true),
            // At a corner it is the way to the corner that counts.
            (-20, -20, false),
            (-22, -22, true),
            (5_000, 50, true),
        ] {
            assert_eq!(is_beyond(&ring, metres(x, y), 30), beyond, "{x} {y}");
        }
    }
}
