//! Which configured sensor a topic belongs to.
//!
//! Promises that a look-up costs about as many steps as the topic has levels, however many sensors there are, and
//! that an exact topic wins over a pattern. Reads no payload.

use std::collections::{BTreeSet, HashMap};

use super::filter::Filter;
use super::topics::NATIVE_FILTERS;
use crate::devices::payload::Format;
use crate::facts::Name;

/// One `[[sensor]]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorRoute {
    /// Its topic, or a pattern for several devices.
    pub filter: Filter,
    /// How its payload is read.
    pub format: Format,
    /// In which room it is; without it the device says so itself, see [`hear`](crate::devices::payload::hear).
    pub room: Option<Name>,
    /// What it is called; without it by its topic, see [`Format::telling`].
    pub sensor: Option<Name>,
}

/// All of them, by topic. Immutable: a changed configuration makes new ones.
#[derive(Debug, Default)]
pub struct Routes {
    sensors: Vec<SensorRoute>,
    companions: BTreeSet<Filter>,
    root: Branch,
}

/// One level of the tree of filters.
#[derive(Debug, Default)]
struct Branch {
    levels: HashMap<String, Branch>,
    any: Option<Box<Branch>>,
    /// Routes whose filter ends here.
    here: Vec<usize>,
    /// Routes whose filter ends here with `#`.
    below: Vec<usize>,
}

impl Routes {
    /// Builds the table. Topics on which the same devices tell that they come and go are added, as far as no sensor
    /// has them as its own.
    pub fn new(routes: Vec<SensorRoute>) -> Self {
        let mut table = Self::default();
        for (number, route) in routes.iter().enumerate() {
            table.root.insert(route.filter.as_str(), number);
        }
        let own: BTreeSet<&Filter> = routes.iter().map(|route| &route.filter).collect();
        for (number, route) in routes.iter().enumerate() {
            for companion in route.format.companions(route.filter.as_str()) {
                if let Ok(filter) = companion.parse::<Filter>()
                    && !own.contains(&filter)
                {
                    table.root.insert(filter.as_str(), number);
                    table.companions.insert(filter);
                }
            }
        }
        table.sensors = routes;
        table
    }

    /// The sensors that a message on `topic` tells of: those of its most exact filter. Mostly one; several where a
    /// node's last will stands for all its sensors.
    pub fn find(&self, topic: &str) -> impl Iterator<Item = &SensorRoute> {
        let levels: Vec<&str> = topic.split('/').collect();
        let found = self.root.find(&levels, !topic.starts_with('$')).unwrap_or_default();
        found.iter().filter_map(|number| self.sensors.get(*number))
    }

    /// Every sensor, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &SensorRoute> {
        self.sensors.iter()
    }

    /// What a client of an existing broker subscribes to (all with QoS 1): our own topics, the sensors' and their
    /// companions', without those that another one covers.
    pub fn subscriptions(&self) -> Vec<Filter> {
        let native = NATIVE_FILTERS.iter().filter_map(|filter| filter.parse().ok());
        let sensors = self.sensors.iter().map(|route| route.filter.clone());
        let all: BTreeSet<Filter> = native.chain(sensors).chain(self.companions.iter().cloned()).collect();
        all.iter().filter(|one| !all.iter().any(|other| other != *one && other.covers(one))).cloned().collect()
    }
}

impl Branch {
    fn insert(&mut self, filter: &str, number: usize) {
        let mut branch = self;
        for level in filter.split('/') {
            branch = match level {
                "#" => {
                    branch.below.push(number);
                    return;
                }
                "+" => branch.any.get_or_insert_default(),
                level => branch.levels.entry(level.to_owned()).or_default(),
            };
        }
        if !branch.here.contains(&number) {
            branch.here.push(number);
        }
    }

    /// The routes of the filter that fits most exactly: at each level the same word before `+` before `#`. Every
    /// branch is entered at most once, so patterns cannot make it slow.
    fn find(&self, levels: &[&str], wild: bool) -> Option<&[usize]> {
        let Some((level, rest)) = levels.split_first() else {
            let found = if self.here.is_empty() { &self.below } else { &self.here };
            return (!found.is_empty()).then_some(found);
        };
        let same = self.levels.get(*level).and_then(|branch| branch.find(rest, true));
        let any = || self.any.as_ref().filter(|_| wild).and_then(|branch| branch.find(rest, true));
        same.or_else(any).or_else(|| (wild && !self.below.is_empty()).then_some(&self.below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(lines: &[(&str, Format)]) -> Routes {
        let route = |(filter, format): &(&str, Format)| SensorRoute {
            filter: filter.parse().unwrap(),
            format: format.clone(),
            room: None,
            sensor: None,
        };
        Routes::new(lines.iter().map(route).collect())
    }

    fn found(routes: &Routes, topic: &str) -> String {
        routes.find(topic).map(|route| route.filter.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_most_exact_filter_wins() {
        let routes = routes(&[
            ("#", Format::Native),
            ("zigbee2mqtt/+", Format::Zigbee2mqtt),
            ("zigbee2mqtt/lobby", Format::Zigbee2mqtt),
            ("tele/+/SENSOR", Format::Tasmota),
            ("tele/esp01/#", Format::Tasmota),
            ("$SYS/load", Format::Native),
        ]);
        for (topic, want) in [
            ("zigbee2mqtt/lobby", "zigbee2mqtt/lobby"),
            ("zigbee2mqtt/lounge", "zigbee2mqtt/+"),
            ("zigbee2mqtt/lobby/availability", "zigbee2mqtt/lobby"),
            ("zigbee2mqtt/lounge/availability", "zigbee2mqtt/+"),
            ("zigbee2mqtt/a/b", "#"),
            ("tele/esp02/SENSOR", "tele/+/SENSOR"),
            ("tele/esp01/SENSOR", "tele/esp01/#"),
            ("tele/esp02/LWT", "tele/+/SENSOR"),
            ("tele/esp01", "tele/esp01/#"),
            ("$SYS/load", "$SYS/load"),
            ("$SYS/other", ""),
        ] {
            assert_eq!(found(&routes, topic), want, "{topic}");
        }
    }

    #[test]
    fn a_nodes_last_will_stands_for_all_its_sensors() {
        let routes =
            routes(&[("n/sensor/temperature/state", Format::Esphome), ("n/sensor/co2/state", Format::Esphome)]);
        assert_eq!(found(&routes, "n/status"), "n/sensor/temperature/state n/sensor/co2/state");
        let subscriptions: Vec<String> = routes.subscriptions().iter().map(ToString::to_string).collect();
        assert_eq!(
            subscriptions,
            [
                "n/sensor/co2/state",
                "n/sensor/temperature/state",
                "n/status",
                "reception/v1/kiosk/+/scan",
                "reception/v1/kiosk/+/status",
                "reception/v1/room/+/button",
                "reception/v1/room/+/sensor/+",
                "reception/v1/vehicle/+/position"
            ]
        );
    }

    #[test]
    fn what_is_covered_is_not_subscribed_twice() {
        let routes = routes(&[("zigbee2mqtt/lobby", Format::Zigbee2mqtt), ("zigbee2mqtt/#", Format::Zigbee2mqtt)]);
        let ours = routes.subscriptions().into_iter().filter(|filter| filter.as_str().starts_with("zigbee2mqtt"));
        assert_eq!(ours.map(|filter| filter.to_string()).collect::<Vec<_>>(), ["zigbee2mqtt/#"]);
    }

    #[test]
    fn a_thousand_patterns_are_searched_in_a_few_steps() {
        let lines: Vec<(String, Format)> =
            (0..1_000).map(|n| (format!("{}venue/{n}/+/state", "+/".repeat(n % 7)), Format::Native)).collect();
        let lines: Vec<(&str, Format)> =
            lines.iter().map(|(filter, format)| (filter.as_str(), format.clone())).collect();
        let routes = routes(&lines);
        assert_eq!(found(&routes, "venue/700/x/state"), "venue/700/+/state");
        assert_eq!(found(&routes, "a/b/venue/702/x/state"), "+/+/venue/702/+/state");
        assert_eq!(found(&routes, &"venue/".repeat(2_000)), "");
    }
}
