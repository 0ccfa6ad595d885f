//! Zones from GeoJSON (RFC 7946): a FeatureCollection of Polygons, each with an `id` among its properties.
//!
//! Members that we do not use are passed over, as the standard wants it: map editors write many.

use std::collections::BTreeSet;

use crate::document::{Findings, Node, Spot, Value, refused_name};
use crate::facts::plan::Zone;
use crate::facts::{E7, Name};

/// A plan with more zones is refused: each is held against each position.
const ZONES_MAX: usize = 1_000;
/// A zone with more corners is refused, for the same reason.
const CORNERS_MAX: usize = 1_000;

const LAT_MAX: E7 = E7::from_whole(90);
const LON_MAX: E7 = E7::from_whole(180);

/// Reads the zones; faults are added to `findings`.
pub(super) fn read(findings: &Findings<'_>, node: &Node) -> Vec<Zone> {
    let reading = Reading { findings };
    let collection = text(node, "type") == Some("FeatureCollection");
    let Some(Value::List(features)) = member(node, "features").map(|node| &node.value).filter(|_| collection) else {
        let what = "\"zones\" is not a GeoJSON FeatureCollection";
        reading.fault(node, "zones", what, "write {\"type\": \"FeatureCollection\", \"features\": [ … ]}");
        return Vec::new();
    };
    if features.len() > ZONES_MAX {
        let what = format!("there are {} zones; at most {ZONES_MAX} are taken", features.len());
        reading.fault(node, "zones", what, "keep those where vehicles may stand");
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut zones = Vec::new();
    for (n, feature) in features.iter().enumerate() {
        let path = format!("zones.features[{n}]");
        let (id, ring) = (reading.id(feature, &path), reading.ring(feature, &path));
        let Some(id) = id else { continue };
        if !seen.insert(id.clone()) {
            let what = format!("zone \"{id}\" is here for the second time");
            reading.fault(feature, &path, what, "give one of them another id, or take it out");
        } else if let Some(ring) = ring {
            zones.push(Zone { id, ring });
        } else {
            // Its fault is told; it stands here so that what points to it is not told as well.
            zones.push(Zone { id, ring: Vec::new() });
        }
    }
    zones
}

struct Reading<'f> {
    findings: &'f Findings<'f>,
}

impl Reading<'_> {
    fn fault(&self, node: &Node, path: &str, what: impl Into<String>, hint: impl Into<String>) {
        self.findings.add(Spot { place: self.findings.place(node.at), excerpt: path.to_owned() }, what, hint);
    }

    fn id(&self, feature: &Node, path: &str) -> Option<Name> {
        let id = member(feature, "properties").and_then(|properties| text(properties, "id"));
        let Some(text) = id else {
            let what = "this zone has no name";
            self.fault(feature, path, what, "add \"properties\": {\"id\": \"forecourt\"}, as a text");
            return None;
        };
        text.parse()
            .map_err(|fault| {
                let (what, hint) = refused_name("id", &fault);
                self.fault(feature, path, what, hint);
            })
            .ok()
    }

    /// The corners of the outer ring, not closed.
    fn ring(&self, feature: &Node, path: &str) -> Option<Vec<(E7, E7)>> {
        let geometry = member(feature, "geometry").unwrap_or(feature);
        let kind = text(geometry, "type").unwrap_or("nothing");
        let rings = match member(geometry, "coordinates").map(|node| &node.value) {
            Some(Value::List(rings)) if kind == "Polygon" => rings,
            _ => {
                let what = format!("a zone is a Polygon; this is {kind}");
                self.fault(geometry, path, what, "draw one closed outline; several are several zones");
                return None;
            }
        };
        let [outer] = rings.as_slice() else {
            let what = format!("this Polygon has {} rings", rings.len());
            self.fault(geometry, path, what, "a zone has one outline and no holes: keep the outer ring alone");
            return None;
        };
        let Value::List(corners) = &outer.value else {
            self.fault(outer, path, "this ring is not a list of corners", "write [[lon, lat], [lon, lat], …]");
            return None;
        };
        if corners.len() > CORNERS_MAX {
            let what = format!("this zone has {} corners; at most {CORNERS_MAX} are taken", corners.len());
            self.fault(outer, path, what, "draw it more simply: a few metres do not matter here");
            return None;
        }
        let read: Vec<Option<(E7, E7)>> = corners.iter().map(|corner| self.corner(corner, path)).collect();
        let mut ring = read.into_iter().collect::<Option<Vec<_>>>()?;
        ring.dedup();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if ring.iter().collect::<BTreeSet<_>>().len() < 3 {
            let what = format!("this zone has {} corners", ring.len());
            self.fault(outer, path, what, "an outline needs at least three different corners");
            return None;
        }
        Some(ring)
    }

    /// Longitude and latitude; an altitude after them is passed over.
    fn corner(&self, corner: &Node, path: &str) -> Option<(E7, E7)> {
        let numbers: Vec<Option<E7>> = match &corner.value {
            Value::List(items) => items
                .iter()
                .map(|item| match &item.value {
                    Value::Number(text) => text.parse().ok(),
                    Value::Null
                    | Value::Flag(_)
                    | Value::Text(_)
                    | Value::Moment(_)
                    | Value::List(_)
                    | Value::Table(_) => None,
                })
                .collect(),
            Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) | Value::Table(_) => {
                Vec::new()
            }
        };
        let (lon, lat) = match numbers.as_slice() {
            [Some(lon), Some(lat)] | [Some(lon), Some(lat), _] => (*lon, *lat),
            _ => {
                self.fault(corner, path, "a corner is not a pair of numbers", "write [121.47175, 31.24303]");
                return None;
            }
        };
        let within = |value: E7, max: E7| value <= max && value >= E7::from_raw(-max.raw());
        if within(lon, LON_MAX) && within(lat, LAT_MAX) {
            return Some((lon, lat));
        }
        if within(lat, LON_MAX) && within(lon, LAT_MAX) {
            let hint = format!("GeoJSON writes the longitude first: [{lat}, {lon}]");
            self.fault(corner, path, format!("latitude {lat} is beyond 90 degrees"), hint);
        } else {
            let what = format!("[{lon}, {lat}] is no place on earth");
            self.fault(corner, path, what, "longitudes go from -180 to 180, latitudes from -90 to 90");
        }
        None
    }
}

fn member<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Table(members) = &node.value else { return None };
    members.iter().find(|member| member.key == key).map(|member| &member.node)
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    match &member(node, key)?.value {
        Value::Text(text) => Some(text),
        Value::Null | Value::Flag(_) | Value::Number(_) | Value::Moment(_) | Value::List(_) | Value::Table(_) => None,
    }
}
