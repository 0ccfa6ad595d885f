//! What is said of an alert: what is the matter, what is known, how it ended. What to do: see `remedies`.
//!
//! Both languages say the same facts, and the same as the dashboard. Pure.

use super::words::{Words, moment, span, text, value};
use crate::facts::{Alert, Resolution, RuleKind, Timestamp, Value};

impl Words<'_> {
    /// What is the matter, with how long or how much.
    pub(super) fn title(&self, alert: &Alert) -> String {
        let who = self.name(alert);
        let lasts = |since: Option<Timestamp>| self.span(self.now.since(since.unwrap_or(alert.pending_at)));
        match alert.rule {
            RuleKind::LateArrival => {
                let late = lasts(moment(alert, "expected_at"));
                self.of(&format!("{who} is {late} late"), &format!("{who}迟到 {late}"))
            }
            RuleKind::ArrivalReminder => match moment(alert, "expected_at").filter(|expected| *expected > self.now) {
                Some(expected) => {
                    let left = self.span(expected.since(self.now));
                    self.of(&format!("{who} is expected in {left}"), &format!("{who}预计 {left}后到达"))
                }
                None => self.matter(alert),
            },
            RuleKind::IdleVehicle => {
                let idle = lasts(moment(alert, "since"));
                self.of(&format!("{who} has stood still for {idle}"), &format!("{who}停驶 {idle}"))
            }
            RuleKind::RoomClimate => match value(alert, "value") {
                Some(value) => {
                    self.of(&format!("{}: {value}", self.matter(alert)), &format!("{}：{value}", self.matter(alert)))
                }
                None => self.matter(alert),
            },
            RuleKind::KioskSilent | RuleKind::VehicleSilent | RuleKind::SensorSilent => {
                match moment(alert, "last_heard") {
                    Some(heard) => {
                        let age = self.span(self.now.since(heard));
                        self.of(&format!("{who} has not been heard for {age}"), &format!("{who}已 {age}无响应"))
                    }
                    None => self.matter(alert),
                }
            }
            RuleKind::UpstreamOffline => {
                let age = lasts(None);
                self.of(&format!("The upstream has been out of reach for {age}"), &format!("上级平台已 {age}无法连接"))
            }
            RuleKind::RoomCrowded => match (value(alert, "value"), value(alert, "capacity")) {
                (Some(people), Some(capacity)) => self.of(
                    &format!("{who} is crowded: {people} people, room for {capacity}"),
                    &format!("{who}人员过多：{people} 人，容量 {capacity} 人"),
                ),
                (Some(_) | None, Some(_) | None) => self.matter(alert),
            },
            RuleKind::BatteryLow => match value(alert, "value") {
                Some(left) => self.of(&format!("{who}: battery at {left}"), &format!("{who}电量仅剩 {left}")),
                None => self.matter(alert),
            },
            RuleKind::SensorStuck => {
                let (age, value) = (lasts(moment(alert, "since")), value(alert, "value").unwrap_or_default());
                self.of(&format!("{who} has measured {value} for {age}"), &format!("{who}读数 {value} 已 {age}未变"))
            }
            RuleKind::KioskSlow => match span(alert, "p90_s").map(|p90| self.span(p90)) {
                Some(p90) => self.of(&format!("{who}: check-in takes {p90}"), &format!("{who}签到耗时 {p90}")),
                None => self.matter(alert),
            },
            RuleKind::GuestWaiting => {
                let waits = lasts(moment(alert, "since"));
                self.of(&format!("{who} has waited {waits} to be received"), &format!("{who}等候接待已 {waits}"))
            }
            RuleKind::VehicleEmpty => match self.metres(alert, "drive_m") {
                Some(far) => {
                    self.of(&format!("{who} has driven {far} without a trip"), &format!("{who}无行程行驶 {far}"))
                }
                None => self.matter(alert),
            },
            RuleKind::PostUnmanned
            | RuleKind::Zone
            | RuleKind::PickupAtRisk
            | RuleKind::DoubleBooking
            | RuleKind::Custom
            | RuleKind::Incident
            | RuleKind::DiskLow
            | RuleKind::BackupOld
            | RuleKind::DataGivenUp
            | RuleKind::ClockUntrusted => self.matter(alert),
        }
    }

    /// What is the matter, without how long: also right when it is over.
    pub(super) fn matter(&self, alert: &Alert) -> String {
        let who = self.name(alert);
        match alert.rule {
            RuleKind::LateArrival => self.of(&format!("{who} is late"), &format!("{who}迟到")),
            RuleKind::ArrivalReminder => self.of(&format!("{who} is expected"), &format!("{who}即将到达")),
            RuleKind::IdleVehicle => self.of(&format!("{who} stands still"), &format!("{who}停驶")),
            RuleKind::RoomClimate => self.climate(alert, &who),
            RuleKind::KioskSilent | RuleKind::VehicleSilent | RuleKind::SensorSilent => {
                self.of(&format!("{who} has not been heard"), &format!("{who}无响应"))
            }
            RuleKind::Incident => {
                let (en, zh) = incident_kind(text(alert, "incident").unwrap_or_default());
                self.of(&format!("{who}: help is wanted ({en})"), &format!("{who}：请求支援（{zh}）"))
            }
            RuleKind::PostUnmanned => {
                let post = text(alert, "post").unwrap_or_default();
                match text(alert, "staff") {
                    Some(staff) => {
                        // Whoever is on duty is no guest, and need not be in the plan by name.
                        let name = self.person(&alert.subject).and_then(|person| person.name.clone());
                        let who =
                            name.unwrap_or_else(|| self.of(&format!("Staff {staff}"), &format!("值守人员 {staff} ")));
                        self.of(&format!("Post {post}: {who} is not here"), &format!("岗位 {post}：{who}未到岗"))
                    }
                    None => self.of(&format!("Post {post}: nobody is on duty"), &format!("岗位 {post}：无人值守")),
                }
            }
            RuleKind::GuestWaiting => self.of(&format!("{who} waits to be received"), &format!("{who}等候接待")),
            RuleKind::PickupAtRisk => match text(alert, "vehicle_position") {
                Some("none" | "stale") => self.of(
                    &format!("{who}: nobody knows whether the pick-up is in time"),
                    &format!("{who}能否按时接站无从判断"),
                ),
                _ => self.of(&format!("{who} will be late at the pick-up"), &format!("{who}可能无法按时接站")),
            },
            RuleKind::VehicleEmpty => self.of(&format!("{who} drives without a trip"), &format!("{who}无行程行驶")),
            RuleKind::Zone => {
                let zone = text(alert, "zone").unwrap_or_default();
                self.of(&format!("{who} is in {zone}"), &format!("{who}进入 {zone}"))
            }
            RuleKind::DoubleBooking => self.of(&format!("{who} is booked twice at once"), &format!("{who}预订冲突")),
            RuleKind::RoomCrowded => self.of(&format!("{who} is crowded"), &format!("{who}人员过多")),
            RuleKind::BatteryLow => self.of(&format!("{who} has a low battery"), &format!("{who}电量低")),
            RuleKind::SensorStuck => self.of(&format!("{who} always measures the same"), &format!("{who}读数一直不变")),
            RuleKind::KioskSlow => self.of(&format!("{who}: check-in is slow"), &format!("{who}签到缓慢")),
            RuleKind::Custom => self.custom(alert, &who),
            RuleKind::UpstreamOffline => self.of("The upstream is out of reach", "上级平台无法连接"),
            RuleKind::DiskLow => self.of("The gateway is running out of room", "网关存储空间不足"),
            RuleKind::BackupOld => self.of("There is no fresh backup", "没有最新备份"),
            RuleKind::DataGivenUp => self.of("Old readings or positions were given up", "部分旧读数或位置已被舍弃"),
            RuleKind::ClockUntrusted => self.of("The gateway's time is not trusted", "网关时间不可信"),
        }
    }

    /// What whoever wrote the rule says of it, else its name.
    fn custom(&self, alert: &Alert, who: &str) -> String {
        let rule = text(alert, "custom").unwrap_or_default();
        if alert.values.contains_key("slow_ms") {
            return self
                .of(&format!("Rule {rule} was slow and is switched off"), &format!("规则 {rule} 运行过慢，已停用"));
        }
        let said = text(alert, "say").unwrap_or(rule);
        self.of(&format!("{who}: {said}"), &format!("{who}触发规则：{said}"))
    }

    fn climate(&self, alert: &Alert, room: &str) -> String {
        let metric = text(alert, "metric").unwrap_or_default();
        let high = text(alert, "side") != Some("low");
        match (metric, high) {
            ("temperature", true) => self.of(&format!("{room} is too warm"), &format!("{room}温度过高")),
            ("temperature", false) => self.of(&format!("{room} is too cold"), &format!("{room}温度过低")),
            ("humidity", true) => self.of(&format!("{room} is too humid"), &format!("{room}湿度过高")),
            ("humidity", false) => self.of(&format!("{room} is too dry"), &format!("{room}空气过干")),
            ("co2", true) => self.of(&format!("{room} is too stuffy"), &format!("{room}空气不佳")),
            (metric, true) => self.of(&format!("{room}: {metric} is too high"), &format!("{room}：{metric} 过高")),
            (metric, false) => self.of(&format!("{room}: {metric} is too low"), &format!("{room}：{metric} 过低")),
        }
    }

    /// What is known beside it.
    pub(super) fn facts(&self, alert: &Alert) -> Vec<String> {
        let mut facts = Vec::new();
        match alert.rule {
            RuleKind::LateArrival | RuleKind::ArrivalReminder => self.facts_of_guest(alert, &mut facts),
            RuleKind::RoomClimate => {
                if let Some(limit) = value(alert, "limit") {
                    facts.push(self.of(&format!("Limit {limit}"), &format!("限值 {limit}")));
                }
            }
            RuleKind::Incident => self.facts_of_incident(alert, &mut facts),
            RuleKind::PostUnmanned => {
                if let (Some(from), Some(to)) = (moment(alert, "from"), moment(alert, "to")) {
                    let (from, to) = (self.clock(from), self.clock(to));
                    let place = text(alert, "place").map(|place| self.place(place)).unwrap_or_default();
                    let told = self.of(&format!("{from} to {to} {place}"), &format!("{from} 至 {to} {place}"));
                    facts.push(told.trim_end().to_owned());
                }
                facts.extend(self.unheard_kiosk(alert));
            }
            RuleKind::PickupAtRisk => {
                facts.extend(self.pickup(alert));
                facts.extend(self.whereabouts(alert));
            }
            RuleKind::DoubleBooking => {
                facts.extend(["first", "second"].iter().filter_map(|which| self.booked(alert, which)));
            }
            RuleKind::GuestWaiting => {
                let point = text(alert, "point");
                facts.extend(point.map(|point| self.of(&format!("Came in at {point}"), &format!("由 {point} 进入"))));
                let place = text(alert, "place").map(|place| self.place(place));
                facts.extend(place.map(|place| self.of(&format!("Expected in {place}"), &format!("接待地点 {place}"))));
                facts.extend(self.host(alert));
            }
            RuleKind::KioskSlow => {
                let limit = span(alert, "limit_s").map(|limit| self.span(limit)).unwrap_or_default();
                let scans = value(alert, "scans").unwrap_or_default();
                facts.push(self.of(
                    &format!("Nine of ten of the last {scans} took up to that; limit {limit}"),
                    &format!("最近 {scans} 次签到中九成在此时间内完成，上限 {limit}"),
                ));
            }
            RuleKind::VehicleEmpty => facts.extend(self.driven(alert)),
            // What it was judged by, member by member.
            RuleKind::Custom => {
                let members = alert.values.iter().filter(|(key, _)| key.contains('.'));
                facts.extend(members.map(|(key, value)| match value {
                    Value::Number(number) => format!("{key} = {number}"),
                    Value::Text(word) => format!("{key} = {word}"),
                }));
            }
            RuleKind::IdleVehicle
            | RuleKind::Zone
            | RuleKind::KioskSilent
            | RuleKind::VehicleSilent
            | RuleKind::SensorSilent
            | RuleKind::RoomCrowded
            | RuleKind::BatteryLow
            | RuleKind::SensorStuck
            | RuleKind::UpstreamOffline
            | RuleKind::DiskLow
            | RuleKind::BackupOld
            | RuleKind::DataGivenUp
            | RuleKind::ClockUntrusted => {}
        }
        let says_when = [RuleKind::LateArrival, RuleKind::ArrivalReminder, RuleKind::DoubleBooking];
        if !says_when.contains(&alert.rule) {
            let since = self.clock(moment(alert, "since").unwrap_or(alert.pending_at));
            facts.push(self.of(&format!("Since {since}"), &format!("自 {since} 起")));
        }
        facts.extend(text(alert, "reason").map(str::to_owned));
        facts
    }

    fn facts_of_incident(&self, alert: &Alert, facts: &mut Vec<String>) {
        if let Some(asked) = moment(alert, "asked_at").map(|at| self.clock(at)) {
            facts.push(self.of(&format!("Asked for at {asked}, heard now"), &format!("求助时间 {asked}，刚刚收到")));
        }
        facts.extend(steps(alert));
        if let (Some(Value::Number(times)), Some(last)) = (alert.values.get("times"), moment(alert, "last_at")) {
            let last = self.clock(last);
            facts.push(self.of(
                &format!("Asked for {times} times, last at {last}"),
                &format!("已求助 {times} 次，最近一次 {last}"),
            ));
        }
    }

    fn facts_of_guest(&self, alert: &Alert, facts: &mut Vec<String>) {
        if let Some(at) = moment(alert, "expected_at").map(|at| self.clock(at)) {
            facts.push(match text(alert, "place") {
                Some(place) => {
                    let place = self.place(place);
                    self.of(&format!("Expected at {at}, {place}"), &format!("预计 {at} 到达 {place}"))
                }
                None => self.of(&format!("Expected at {at}"), &format!("预计 {at} 到达")),
            });
        }
        facts.extend(self.ride(alert));
        facts.extend(self.host(alert));
        facts.extend(self.unheard_kiosk(alert));
    }

    /// One of two bookings, or of two trips.
    fn booked(&self, alert: &Alert, which: &str) -> Option<String> {
        let end = |edge: &str| moment(alert, &format!("{which}_{edge}"));
        let (from, to) = (end("from")?, end("to")?);
        let (begins, ends) = (self.clock(from), self.clock(to));
        let Some(trip) = text(alert, &format!("{which}_trip")) else {
            return Some(self.of(&format!("Booked {begins} to {ends}"), &format!("预订 {begins} 至 {ends}")));
        };
        Some(if from == to {
            self.of(&format!("Trip {trip}: pick-up at {begins}"), &format!("行程 {trip}：{begins} 接站"))
        } else {
            self.of(
                &format!("Trip {trip}: pick-up at {begins}, guests expected by {ends}"),
                &format!("行程 {trip}：{begins} 接站，来宾预计 {ends} 到达"),
            )
        })
    }

    /// Who receives the guest, and how to reach them.
    fn host(&self, alert: &Alert) -> Option<String> {
        let person = self.person(&alert.subject)?;
        let host = person.host.as_deref()?;
        let host = person.host_contact.as_ref().map_or(host.to_owned(), |contact| format!("{host}, {contact}"));
        Some(self.of(&format!("Host: {host}"), &format!("接待人：{host}")))
    }

    /// The kiosk through which somebody may have come unheard.
    fn unheard_kiosk(&self, alert: &Alert) -> Option<String> {
        let kiosk = text(alert, "kiosk_silent").filter(|_| may_be_here(alert))?;
        let since = self.clock(moment(alert, "kiosk_silent_since")?);
        Some(self.of(
            &format!("May be here already: kiosk {kiosk} silent since {since}"),
            &format!("可能已到：签到机 {kiosk} 自 {since} 起无响应"),
        ))
    }

    pub(super) fn end(&self, resolution: Option<Resolution>) -> String {
        let (en, zh) = match resolution {
            Some(Resolution::Arrived) => ("arrived", "已到达"),
            Some(Resolution::ArrivedLate) => ("arrived late", "迟到到达"),
            Some(Resolution::ReportedLate) => ("was on time, reported late", "准时到达，补报"),
            Some(Resolution::Cancelled) => ("cancelled", "已取消"),
            Some(Resolution::Cleared) => ("back within limits", "恢复正常"),
            Some(Resolution::Moved) => ("moves again", "已恢复行驶"),
            Some(Resolution::Heard) => ("heard again", "恢复响应"),
            Some(Resolution::RuleChanged) => ("the rule was changed", "规则已调整"),
            Some(Resolution::PlanChanged) => ("the plan was changed", "计划已调整"),
            Some(Resolution::Operator) => ("resolved by a person", "人工处理完毕"),
            Some(Resolution::Left) => ("left again", "已离开"),
            Some(Resolution::Received) => ("was received", "已接待"),
            Some(Resolution::Over) => ("its time is over", "时段已结束"),
            Some(Resolution::Unknown) => ("nobody can say any more", "已无从判断"),
            None => ("resolved", "已解决"),
        };
        self.of(en, zh)
    }
}

/// Whether a late guest may have come through a kiosk that is still silent.
pub(super) fn may_be_here(alert: &Alert) -> bool {
    alert.values.contains_key("kiosk_silent") && !alert.values.contains_key("kiosk_heard_at")
}

/// What is to be done, step by step.
fn steps(alert: &Alert) -> impl Iterator<Item = String> + '_ {
    let steps = alert.values.iter().filter(|(key, _)| key.starts_with("step_"));
    steps.zip(1..).filter_map(|((_, step), n)| match step {
        Value::Text(step) => Some(format!("{n}. {step}")),
        Value::Number(_) => None,
    })
}

/// What an incident's word means; any other word is said as it is.
fn incident_kind(word: &str) -> (&str, &str) {
    match word {
        "medical" => ("medical", "医疗"),
        "traffic" => ("traffic", "交通"),
        "security" => ("security", "安全"),
        "equipment" => ("equipment", "设备"),
        "weather" => ("weather", "天气"),
        "public_opinion" => ("public opinion", "舆情"),
        other => (other, other),
    }
}

#[cfg(test)]
mod tests;
