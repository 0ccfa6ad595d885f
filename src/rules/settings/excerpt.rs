//! Some tables of other settings in the place of one's own.

use std::collections::BTreeSet;

use super::{Gateway, Settings, Silent, Watch};

impl Settings {
    /// These settings with the named tables of `[rules.…]` from `other`. What is not named stays, and so does how long
    /// each sensor may be silent: that stands with the sensor.
    #[must_use]
    pub fn with_tables(&self, other: &Self, named: &BTreeSet<String>) -> Self {
        fn pick<T: Clone>(named: &BTreeSet<String>, table: &str, own: &T, other: &T) -> T {
            if named.contains(table) { other.clone() } else { own.clone() }
        }
        let silent = |table: &str, own: &Watch, other: &Watch| Watch {
            after: pick(named, "silent", &own.after, &other.after),
            ..pick(named, table, own, other)
        };
        let own = self;
        Self {
            late_arrival: pick(named, "late_arrival", &own.late_arrival, &other.late_arrival),
            arrival_reminder: pick(named, "arrival_reminder", &own.arrival_reminder, &other.arrival_reminder),
            guest_waiting: pick(named, "guest_waiting", &own.guest_waiting, &other.guest_waiting),
            double_booking: pick(named, "double_booking", &own.double_booking, &other.double_booking),
            pickup_at_risk: pick(named, "pickup_at_risk", &own.pickup_at_risk, &other.pickup_at_risk),
            vehicle_empty: pick(named, "vehicle_empty", &own.vehicle_empty, &other.vehicle_empty),
            zone: pick(named, "zone", &own.zone, &other.zone),
            travel: pick(named, "travel", &own.travel, &other.travel),
            post_unmanned: pick(named, "post_unmanned", &own.post_unmanned, &other.post_unmanned),
            idle_vehicle: pick(named, "idle_vehicle", &own.idle_vehicle, &other.idle_vehicle),
            room_climate: pick(named, "room_climate", &own.room_climate, &other.room_climate),
            silent: Silent {
                kiosk: silent("kiosk_silent", &own.silent.kiosk, &other.silent.kiosk),
                vehicle: silent("vehicle_silent", &own.silent.vehicle, &other.silent.vehicle),
                sensor: silent("sensor_silent", &own.silent.sensor, &other.silent.sensor),
                sensors: own.silent.sensors.clone(),
            },
            room_crowded: pick(named, "room_crowded", &own.room_crowded, &other.room_crowded),
            battery_low: pick(named, "battery_low", &own.battery_low, &other.battery_low),
            sensor_stuck: pick(named, "sensor_stuck", &own.sensor_stuck, &other.sensor_stuck),
            kiosk_slow: pick(named, "kiosk_slow", &own.kiosk_slow, &other.kiosk_slow),
            custom: pick(named, "custom", &own.custom, &other.custom),
            incident: pick(named, "incident", &own.incident, &other.incident),
            gateway: gateway(named, &own.gateway, &other.gateway),
        }
    }
}

fn gateway(named: &BTreeSet<String>, own: &Gateway, other: &Gateway) -> Gateway {
    let pick =
        |table: &str, own: &Watch, other: &Watch| if named.contains(table) { other.clone() } else { own.clone() };
    Gateway {
        upstream_offline: pick("upstream_offline", &own.upstream_offline, &other.upstream_offline),
        disk_low: pick("disk_low", &own.disk_low, &other.disk_low),
        backup_old: pick("backup_old", &own.backup_old, &other.backup_old),
        data_given_up: pick("data_given_up", &own.data_given_up, &other.data_given_up),
        clock_untrusted: pick("clock_untrusted", &own.clock_untrusted, &other.clock_untrusted),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;
    use crate::facts::RuleKind;

    /// Switches everything, and gives it another length of time.
    fn change(value: &mut Value) {
        for (key, value) in value.as_object_mut().into_iter().flatten() {
            match key.as_str() {
                "enabled" => *value = Value::Bool(value == false),
                "after" => *value = Value::from("17m"),
                "speed_kmh" => *value = Value::from(17),
                _ => change(value),
            }
        }
    }

    fn leaves(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
        match value.as_object() {
            Some(members) => members.iter().for_each(|(key, value)| leaves(value, &format!("{path}.{key}"), into)),
            None => drop(into.insert(path.to_owned(), value.clone())),
        }
    }

    /// The paths at which two settings differ.
    fn differing(a: &Settings, b: &Settings) -> BTreeSet<String> {
        let [a, b] = [a, b].map(|settings| {
            let mut into = BTreeMap::new();
            leaves(&serde_json::to_value(settings).unwrap(), "", &mut into);
            into
        });
        a.keys().chain(b.keys()).filter(|path| a.get(*path) != b.get(*path)).cloned().collect()
    }

    #[test]
    fn each_table_brings_its_own_and_no_other() {
        let mut own = Settings::default();
        own.silent.sensors.insert("lobby/t1".to_owned(), crate::facts::Span::from_mins(1));
        let mut json = serde_json::to_value(Settings::default()).unwrap();
        change(&mut json);
        json["custom"] = serde_json::json!([
            {"name": "own", "on": "reading", "when": "true", "severity": "info", "hold": "0s"}
        ]);
        let other = Settings::from_json(&json.to_string()).unwrap();
        assert_eq!(own.with_tables(&other, &BTreeSet::new()), own);
        let mut all = BTreeSet::new();
        for table in RuleKind::ALL.iter().map(|rule| rule.word()).chain(["silent", "travel"]) {
            let taken = own.with_tables(&other, &BTreeSet::from([table.to_owned()]));
            let paths = differing(&own, &taken);
            assert!(!paths.is_empty(), "{table} brings nothing");
            for path in paths {
                assert!(all.insert(path.clone()), "{table} brings {path}, which another brings, too");
            }
        }
        let mut want = differing(&own, &other);
        assert!(want.remove(".silent.sensors.lobby/t1"));
        assert_eq!(all, want);
    }
}
