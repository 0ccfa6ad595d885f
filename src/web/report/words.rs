//! The report's words in Chinese and English, the same terms as on the dashboard. Knows no figure.

use std::str::FromStr;

use crate::facts::{RuleKind, Subject};

/// The languages that a report is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese, `zh-CN`.
    Chinese,
    /// English, `en`.
    English,
}

/// Why a text names no language of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no language of a report; write zh-CN or en")]
pub struct LanguageFault(String);

impl FromStr for Language {
    type Err = LanguageFault;

    fn from_str(tag: &str) -> Result<Self, LanguageFault> {
        match tag {
            "zh-CN" | "zh" => Ok(Self::Chinese),
            "en" => Ok(Self::English),
            other => Err(LanguageFault(other.chars().take(20).collect())),
        }
    }
}

/// The same in English and in Chinese.
pub(super) type Both = (&'static str, &'static str);

impl Language {
    /// The tag of RFC 5646.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The one of two that is in this language.
    pub(super) fn of<T>(self, (en, zh): (T, T)) -> T {
        match self {
            Self::Chinese => zh,
            Self::English => en,
        }
    }

    /// Where nothing is known.
    pub(super) fn no_data(self) -> &'static str {
        self.of(("no data", "无数据"))
    }

    /// What a rule is called.
    pub(super) fn rule(self, rule: RuleKind) -> &'static str {
        self.of(rule_words(rule))
    }

    /// What a word of the wire is called; the word itself where there is no other.
    pub(super) fn word(self, word: &str) -> &str {
        if let Some(rule) = RuleKind::ALL.iter().find(|rule| rule.word() == word) {
            return self.rule(*rule);
        }
        let known = WORDS.iter().find(|(of, _)| *of == word);
        known.map_or(word, |(_, both)| self.of(*both))
    }

    /// Who or what a subject is, for people: the kind in words, then the name.
    pub(super) fn subject(self, subject: &Subject) -> String {
        let kind = self.of(match subject {
            Subject::Guest(_) => ("Guest", "来宾"),
            Subject::Vehicle(_) => ("Vehicle", "车辆"),
            Subject::Room(_) => ("Room", "房间"),
            Subject::Sensor(..) => ("Sensor", "传感器"),
            Subject::Kiosk(_) => ("Kiosk", "签到机"),
            Subject::Link(_) => ("Link", "连接"),
            Subject::Operator(_) => ("Operator", "操作员"),
            Subject::Gateway => return self.of(("The gateway", "网关")).to_owned(),
        });
        let whole = subject.to_string();
        let name = whole.split_once('/').map_or("", |(_, name)| name);
        format!("{kind} {name}")
    }
}

const fn rule_words(rule: RuleKind) -> Both {
    match rule {
        RuleKind::LateArrival => ("Guest late", "来宾迟到"),
        RuleKind::ArrivalReminder => ("Guest expected", "来宾即将到达"),
        RuleKind::IdleVehicle => ("Vehicle idle", "车辆停驶"),
        RuleKind::PostUnmanned => ("Post unmanned", "岗位无人"),
        RuleKind::GuestWaiting => ("Guest waits to be received", "来宾等候接待"),
        RuleKind::DoubleBooking => ("Booked twice at once", "预订冲突"),
        RuleKind::RoomClimate => ("Room climate", "房间环境"),
        RuleKind::KioskSilent => ("Kiosk silent", "签到机无响应"),
        RuleKind::VehicleSilent => ("Vehicle silent", "车辆无响应"),
        RuleKind::SensorSilent => ("Sensor silent", "传感器无响应"),
        RuleKind::RoomCrowded => ("Room crowded", "房间拥挤"),
        RuleKind::BatteryLow => ("Battery low", "电量低"),
        RuleKind::SensorStuck => ("Sensor stuck", "传感器读数不变"),
        RuleKind::KioskSlow => ("Check-in slow", "签到缓慢"),
        RuleKind::PickupAtRisk => ("Pick-up at risk", "接站可能延误"),
        RuleKind::VehicleEmpty => ("Vehicle drives empty", "车辆空驶"),
        RuleKind::Zone => ("Vehicle in a zone", "车辆进入区域"),
        RuleKind::Custom => ("Rule of the house", "自定规则"),
        RuleKind::Incident => ("Call for help", "求助"),
        RuleKind::UpstreamOffline => ("Upstream offline", "上级平台离线"),
        RuleKind::DiskLow => ("Disk low", "磁盘空间不足"),
        RuleKind::BackupOld => ("Backup old", "备份过期"),
        RuleKind::DataGivenUp => ("Data given up", "数据已舍弃"),
        RuleKind::ClockUntrusted => ("Time not trusted", "时间不可信"),
    }
}

const WORDS: &[(&str, Both)] = &[
    ("vip", ("VIP", "VIP")),
    ("guest", ("Guest", "来宾")),
    ("staff", ("Staff", "工作人员")),
    ("admit", ("Let in", "准予进入")),
    ("admit_again", ("Let in again", "再次进入")),
    ("already_in", ("In already", "已在场内")),
    ("left", ("Left", "离开")),
    ("not_found", ("Not in the plan", "不在名单")),
    ("wrong_day", ("Another day", "日期不符")),
    ("wrong_point", ("Another entrance", "入口不符")),
    ("cancelled", ("Called off", "已取消")),
    ("needs_attention", ("Let in, host called", "准予进入并通知接待人")),
    ("critical", ("Critical", "紧急")),
    ("warning", ("Warning", "注意")),
    ("info", ("For information", "提示")),
    ("temperature", ("Temperature", "温度")),
    ("humidity", ("Humidity", "湿度")),
    ("co2", ("CO₂", "CO₂")),
    ("pm25", ("PM2.5", "PM2.5")),
    ("pm10", ("PM10", "PM10")),
    ("tvoc", ("TVOC", "TVOC")),
    ("hcho", ("Formaldehyde", "甲醛")),
    ("pressure", ("Air pressure", "气压")),
    ("illuminance", ("Illuminance", "照度")),
    ("battery", ("Battery", "电量")),
    ("battery_voltage", ("Battery voltage", "电池电压")),
    ("scan", ("Scans", "扫码")),
    ("position", ("Positions", "定位")),
    ("reading", ("Readings", "读数")),
    ("device", ("Device reports", "设备状态")),
    ("plan", ("Plans", "计划")),
    ("command", ("Commands", "指令")),
    ("alert", ("Alert changes", "告警变更")),
    ("incident_report", ("Calls for help", "求助")),
    ("rejected", ("Not understood", "无法识别")),
    ("clock", ("Clock", "时钟")),
    ("gap", ("Gaps", "缺口")),
];

/// The unit of a quantity.
pub(super) fn unit(quantity: &str) -> &'static str {
    match quantity {
        "temperature" => "°C",
        "humidity" | "battery" => "%",
        "co2" => "ppm",
        "pm25" | "pm10" | "hcho" => "µg/m³",
        "tvoc" => "ppb",
        "pressure" => "hPa",
        "illuminance" => "lx",
        "battery_voltage" => "V",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Kind, Metric};

    #[test]
    fn every_word_of_the_wire_has_words() {
        let kinds = Kind::ALL.iter().map(|kind| kind.word());
        let metrics = Metric::ALL.iter().map(|metric| metric.word());
        // People, doors and movement are told in words of their own.
        let unmeasured = ["occupancy", "contact", "motion_count"];
        for word in kinds.chain(metrics).filter(|word| !unmeasured.contains(word)) {
            for language in [Language::English, Language::Chinese] {
                assert_ne!(language.word(word), word, "{word}");
            }
        }
        for metric in Metric::ALL.iter().filter(|metric| !unmeasured.contains(&metric.word())) {
            assert!(!unit(metric.word()).is_empty(), "{metric}");
        }
        assert_eq!(Language::Chinese.word("anything"), "anything");
    }

    #[test]
    fn subjects_and_languages_are_said_as_people_say_them() {
        assert_eq!(Language::English.subject(&"sensor/hall/t1".parse().unwrap()), "Sensor hall/t1");
        assert_eq!(Language::Chinese.subject(&Subject::Gateway), "网关");
        for tag in ["zh-CN", "en"] {
            assert_eq!(tag.parse::<Language>().unwrap().tag(), tag);
        }
        assert!("fr".parse::<Language>().unwrap_err().to_string().contains("zh-CN or en"));
    }
}
