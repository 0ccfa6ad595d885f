//! The plan's zones as GeoJSON (RFC 7946), as a plan brings them, for whoever draws a map.

use serde::Serialize;
use utoipa::ToSchema;

use crate::facts::plan::Zone;
use crate::facts::{E7, Name};

/// A GeoJSON FeatureCollection with a Polygon for each zone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Zones)]
pub(super) struct ZonesDrawn {
    #[serde(rename = "type")]
    kind: &'static str,
    features: Vec<Feature>,
}

/// One zone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ZoneFeature)]
struct Feature {
    #[serde(rename = "type")]
    kind: &'static str,
    properties: Properties,
    geometry: Geometry,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ZoneProperties)]
struct Properties {
    #[schema(value_type = String)]
    id: Name,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ZoneGeometry)]
struct Geometry {
    #[serde(rename = "type")]
    kind: &'static str,
    /// One ring of corners, longitude first; the last corner is the first again.
    #[schema(value_type = Vec<Vec<Vec<f64>>>)]
    coordinates: [Vec<(E7, E7)>; 1],
}

impl ZonesDrawn {
    /// Those of a plan, in its order.
    pub fn of(zones: Vec<Zone>) -> Self {
        Self { kind: "FeatureCollection", features: zones.into_iter().map(Feature::of).collect() }
    }
}

impl Feature {
    fn of(Zone { id, mut ring }: Zone) -> Self {
        ring.extend(ring.first().copied());
        let geometry = Geometry { kind: "Polygon", coordinates: [ring] };
        Self { kind: "Feature", properties: Properties { id }, geometry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_closed_with_longitude_first() {
        let corner = |lon: i64, lat: i64| (E7::from_raw(lon), E7::from_raw(lat));
        let ring = vec![
            corner(1_214_700_000, 312_400_000),
            corner(1_214_800_000, 312_400_000),
            corner(1_214_800_000, 312_500_000),
        ];
        let zones = vec![Zone { id: "yard".parse().unwrap(), ring }];
        let drawn = serde_json::to_value(ZonesDrawn::of(zones)).unwrap();
        let corners = [[121.47, 31.24], [121.48, 31.24], [121.48, 31.25], [121.47, 31.24]];
        let feature = serde_json::json!({
            "type": "Feature",
            "properties": {"id": "yard"},
            "geometry": {"type": "Polygon", "coordinates": [corners]},
        });
        assert_eq!(drawn, serde_json::json!({"type": "FeatureCollection", "features": [feature]}));
    }
}
