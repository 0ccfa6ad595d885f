//! The day as the gateway is told of it: the plan in the contract's JSON and CSV. Contains nothing of what will happen,
//! only what is intended.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Day;
use crate::time::Span;

/// The columns of `guests.csv`.
const COLUMNS: [&str; 11] = [
    "code",
    "name",
    "tier",
    "organisation",
    "expected_at",
    "place",
    "host",
    "host_contact",
    "needs",
    "vehicle",
    "cancelled",
];

/// A day that cannot be written as CSV, which takes a writer that fails.
#[derive(Debug, thiserror::Error)]
#[error("the guests cannot be written as CSV: {0}")]
pub struct NoCsv(String);

impl Day {
    /// The whole plan. Times carry the venue's offset, as people write them.
    pub fn plan_json(&self) -> Value {
        let guests = self.guests.iter().map(|guest| {
            json!({"code": guest.code, "name": guest.name, "tier": guest.tier.word(),
                   "organisation": guest.organisation, "needs": guest.needs})
        });
        let visits = self.visits.iter().map(|visit| {
            let mut value = json!({"code": visit.code, "expected_at": self.local(visit.expected_at), "place": visit.place,
                                   "host": visit.host, "host_contact": visit.host_contact});
            if let (Some(vehicle), Some(object)) = (&visit.vehicle, value.as_object_mut()) {
                object.insert("vehicle".to_owned(), json!(vehicle));
            }
            value
        });
        let vehicles = self.vehicles.iter().map(
            |vehicle| json!({"id": vehicle.id, "name": vehicle.name, "plate": vehicle.plate, "zones": vehicle.zones}),
        );
        let trips = self.trips.iter().map(|trip| {
            json!({"id": trip.id, "vehicle": trip.vehicle, "guests": trip.guests, "from": trip.from, "to": trip.to,
                   "pickup_at": self.local(trip.pickup_at)})
        });
        let rooms = self.rooms.iter().map(|room| {
            let (low, high) = room.temperature;
            json!({"id": room.id, "name": room.name, "capacity": room.capacity,
                   "temperature": {"low": low, "high": high}, "co2": {"high": room.co2_high}})
        });
        let bookings = self.bookings.iter().map(|booking| {
            let (from, to) = self.ends(booking.span);
            json!({"room": booking.room, "title": booking.title, "from": from, "to": to})
        });
        let posts = self.posts.iter().map(|post| {
            let (from, to) = self.ends(post.span);
            json!({"id": post.id, "staff": post.staff, "place": post.place, "from": from, "to": to})
        });
        let kiosks = self.kiosks.iter().map(|kiosk| json!({"id": kiosk.id, "point": kiosk.point}));
        json!({
            "day": self.date.to_string(),
            "guests": guests.collect::<Vec<_>>(),
            "visits": visits.collect::<Vec<_>>(),
            "vehicles": vehicles.collect::<Vec<_>>(),
            "trips": trips.collect::<Vec<_>>(),
            "zones": self.zones_geojson(),
            "rooms": rooms.collect::<Vec<_>>(),
            "bookings": bookings.collect::<Vec<_>>(),
            "posts": posts.collect::<Vec<_>>(),
            "kiosks": kiosks.collect::<Vec<_>>(),
        })
    }

    /// `guests.csv`, UTF-8 with English headers. Several needs of one guest are joined by `;`.
    ///
    /// # Errors
    /// [`NoCsv`], which a writer into memory has no cause for.
    pub fn plan_csv(&self) -> Result<String, NoCsv> {
        let failed = |error: &dyn std::fmt::Display| NoCsv(error.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).map_err(|error| failed(&error))?;
        for (guest, visit) in self.guests.iter().zip(&self.visits) {
            let (expected_at, needs) = (self.local(visit.expected_at), guest.needs.join(";"));
            let row = [
                &guest.code,
                &guest.name,
                guest.tier.word(),
                &guest.organisation,
                &expected_at,
                &visit.place,
                &visit.host,
                &visit.host_contact,
                &needs,
                visit.vehicle.as_deref().unwrap_or_default(),
                "",
            ];
            writer.write_record(row).map_err(|error| failed(&error))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(&error))?;
        String::from_utf8(bytes).map_err(|error| failed(&error))
    }

    fn zones_geojson(&self) -> Value {
        let features = self.zones.iter().map(|zone| {
            json!({"type": "Feature", "properties": {"id": zone.id, "name": zone.name},
                   "geometry": {"type": "Polygon", "coordinates": [zone.ring]}})
        });
        json!({"type": "FeatureCollection", "features": features.collect::<Vec<_>>()})
    }

    fn ends(&self, span: Span) -> (String, String) {
        (self.local(span.from), self.local(span.until))
    }

    /// `2026-11-23T09:30:00+08:00`
    fn local(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}
