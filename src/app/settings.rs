//! From the checked configuration to what each part takes. Decides nothing: a field goes to where it belongs.

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use crate::backoff::Backoff;
use crate::clock::Vouchers;
use crate::config::{ChecksumConfig, Config, Language, NotifyConfig, SensorConfig, SensorFormat};
use crate::devices::mqtt::client::BrokerSettings;
use crate::devices::mqtt::filter::Filter;
use crate::devices::mqtt::routes::{Routes, SensorRoute};
use crate::devices::nmea::Checksum;
use crate::devices::payload::{Format, MapEntry, MapSpec};
use crate::devices::serial::SerialSettings;
use crate::facts::{Name, Span};
use crate::journal::Keeping;
use crate::rules::Settings;
use crate::sinks;
use crate::sinks::notify::{Hours, NotifySettings, Wants};
use crate::sinks::upstream::{CURSORS, Timeouts, UpstreamSettings};
use crate::web;

/// A sensor is taken for silent after so many of its intervals without a report.
const INTERVALS_MISSED: i64 = 3;

/// A length of the configuration as the standard library takes it.
pub(super) fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(0))
}

/// Whose word on the time is taken.
pub(super) const fn vouchers(config: &Config) -> Vouchers {
    Vouchers { ntp: config.clock.ntp, gps: config.clock.gps }
}

/// So many days.
pub(super) fn days(days: u32) -> Span {
    Span::from_secs(86_400).times(days.into())
}

/// What is kept, and how much of it.
pub(super) fn keeping(config: &Config) -> Keeping {
    let upstream = if config.upstream.is_some() { CURSORS } else { &[] };
    Keeping { budget: config.data.budget, days: days(config.data.retention_days), upstream }
}

/// The same for people to look at.
pub(super) fn kept(config: &Config, backup: watch::Receiver<web::BackupView>) -> web::Keeping {
    web::Keeping {
        dir: config.data.dir.clone(),
        free_min: config.data.free_min.into(),
        budget: config.data.budget,
        retention_days: config.data.retention_days,
        personal_data_days: config.data.personal_data_days,
        backup,
    }
}

/// The rules' settings, with how long each sensor may be silent.
pub(super) fn rules(config: &Config) -> anyhow::Result<Settings> {
    rules_with(config.rules.clone(), &config.sensors)
}

/// These rules, with how long each of these sensors may be silent.
pub(super) fn rules_with(mut rules: Settings, sensors: &[SensorConfig]) -> anyhow::Result<Settings> {
    for sensor in sensors {
        if let (Some(every), Some((room, name))) = (sensor.expect_every, names(sensor)?) {
            rules.silent.sensors.insert(format!("{room}/{name}"), every.times(INTERVALS_MISSED));
        }
    }
    Ok(rules)
}

/// Room and sensor of a configured topic, where it is the topic of one device.
fn names(sensor: &SensorConfig) -> anyhow::Result<Option<(Name, Name)>> {
    let route = route(sensor)?;
    if !route.filter.is_exact() || sensor.vehicle.is_some() {
        return Ok(None);
    }
    let name = match route.sensor {
        Some(name) => name,
        None => route.format.telling(route.filter.as_str()).parse()?,
    };
    Ok(route.room.map(|room| (room, name)))
}

/// Which topics of which sensors.
pub(super) fn routes(config: &Config) -> anyhow::Result<Routes> {
    Ok(Routes::new(config.sensors.iter().map(route).collect::<anyhow::Result<_>>()?))
}

fn route(sensor: &SensorConfig) -> anyhow::Result<SensorRoute> {
    let filter: Filter = sensor.topic.parse()?;
    let format = match &sensor.format {
        SensorFormat::Native => Format::Native,
        SensorFormat::Zigbee2mqtt => Format::Zigbee2mqtt,
        SensorFormat::Tasmota => Format::Tasmota,
        SensorFormat::Esphome => Format::Esphome,
        SensorFormat::Shelly => Format::Shelly,
        SensorFormat::Homie => Format::Homie,
        SensorFormat::Sparkplug => Format::Sparkplug,
        SensorFormat::Theengs => Format::Theengs,
        SensorFormat::Chirpstack => Format::Chirpstack,
        SensorFormat::Tts => Format::Tts,
        SensorFormat::Owntracks => Format::Owntracks,
        SensorFormat::Bare(metric) => Format::Bare { metric: *metric },
        SensorFormat::Map(entries) => {
            let entries = entries.iter().map(|entry| MapEntry::new(entry.metric, &entry.pointer, entry.unit, None));
            Format::Map(MapSpec::new(entries.collect::<Result<_, _>>()?, None)?)
        }
    };
    let sensor_name = sensor.sensor.clone().or_else(|| sensor.vehicle.clone());
    Ok(SensorRoute { filter, format, room: sensor.room.clone(), sensor: sensor_name })
}

/// The serial ports.
pub(super) fn serial(config: &Config) -> Vec<SerialSettings> {
    let one = |port: &crate::config::SerialConfig| {
        let mut settings = SerialSettings::new(&port.path);
        settings.baud = port.baud;
        settings.vehicle.clone_from(&port.vehicle);
        settings.checksum = match port.checksum {
            ChecksumConfig::Required => Checksum::Required,
            ChecksumConfig::IfPresent => Checksum::IfPresent,
        };
        settings.thin = port.thinning.is_some();
        if let Some(thinning) = &port.thinning {
            settings.thinning.moved_m = thinning.moved_m;
            settings.thinning.turned_deg = thinning.turned_deg;
            settings.thinning.at_least_every = thinning.every;
            // What counts as standing and driving is said once, with the rule that judges it.
            settings.thinning.stationary_below_kmh = config.rules.idle_vehicle.stationary_below_kmh;
            settings.thinning.moving_above_kmh = config.rules.idle_vehicle.moving_above_kmh;
        }
        settings
    };
    config.serial.iter().map(one).collect()
}

/// The existing brokers, with everything that `routes` wants from each.
pub(super) fn brokers(config: &Config, routes: &Routes) -> anyhow::Result<Vec<BrokerSettings>> {
    let filters: Vec<String> = routes.subscriptions().iter().map(|filter| filter.as_str().to_owned()).collect();
    let one = |broker: &crate::config::BrokerConfig| {
        let credentials = match (&broker.username, &broker.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), secret(file)?)),
            (Some(user), None) => Some((user.clone(), String::new())),
            (None, _) => None,
        };
        Ok(BrokerSettings {
            host: broker.host.clone(),
            port: broker.port,
            client_id: broker.client_id.clone(),
            credentials,
            keep_alive: duration(broker.keep_alive),
            filters: filters.clone(),
        })
    };
    config.mqtt.brokers.iter().map(one).collect()
}

fn secret(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .map_err(|fault| anyhow::anyhow!("the secret in {} cannot be read: {fault}", file.display()))?;
    Ok(text.trim().to_owned())
}

/// Who is told of alerts.
pub(super) fn notifiers(config: &Config) -> anyhow::Result<Vec<NotifySettings>> {
    let one = |notify: &NotifyConfig| {
        Ok(NotifySettings {
            name: notify.name.clone(),
            receiver: notify.receiver.clone(),
            url: notify.url.parse()?,
            secret_file: notify.secret_file.clone(),
            mobiles: notify.mobiles.clone(),
            wants: Wants {
                min_severity: notify.min_severity,
                rules: notify.rules.clone(),
                subjects: notify.subjects.clone(),
                hosts: notify.hosts.clone(),
                hours: notify.hours.map(|(from, to)| Hours { from, to, zone: config.site.time_zone.clone() }),
                after: notify.after,
                resolved: notify.resolved,
            },
            site: config.site.id.clone(),
            site_name: config.site.name.clone(),
            language: match notify.language {
                Language::Chinese => sinks::notify::Language::Chinese,
                Language::English => sinks::notify::Language::English,
            },
            zone: config.site.time_zone.clone(),
            personal_data: notify.personal_data,
            timeouts: Timeouts::default(),
        })
    };
    config.notify.iter().map(one).collect()
}

/// The system above.
pub(super) fn upstream(config: &Config) -> anyhow::Result<Option<UpstreamSettings>> {
    let Some(upstream) = &config.upstream else { return Ok(None) };
    let mut settings = UpstreamSettings::new(config.site.id.clone(), upstream.url.parse()?);
    settings.token_file.clone_from(&upstream.token_file);
    settings.personal_data = upstream.personal_data;
    settings.pace.events_max = usize::try_from(upstream.batch_events)?;
    settings.pace.bytes_max = usize::try_from(upstream.batch_bytes)?;
    settings.timeouts = Timeouts {
        connect: duration(upstream.timeout.connect),
        read: duration(upstream.timeout.answer),
        total: duration(upstream.timeout.total),
    };
    settings.pace.backoff = Backoff { first: duration(upstream.retry.first), most: duration(upstream.retry.most) };
    settings.pace.knock_every = settings.pace.knock_every.min(settings.pace.backoff.first);
    settings.pace.denied = duration(upstream.retry.refused);
    Ok(Some(settings))
}
