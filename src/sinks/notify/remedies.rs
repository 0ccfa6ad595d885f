//! What is to be done about an alert, in a sentence.
//!
//! Both languages say the same, and the same as the dashboard. Pure.

use super::phrases::may_be_here;
use super::words::{Language, Words, text};
use crate::facts::{Alert, RuleKind};

impl Words<'_> {
    /// What to do about it.
    pub(super) fn todo(&self, alert: &Alert) -> &'static str {
        let (en, zh) = match alert.rule {
            RuleKind::LateArrival if may_be_here(alert) => {
                ("Look at the entrance before calling.", "请先到入口确认，再打电话。")
            }
            RuleKind::LateArrival if alert.values.contains_key("vehicle") => {
                ("Call the driver, then tell the host.", "请联系司机，再告知接待人。")
            }
            RuleKind::LateArrival => ("Call the host and agree how long to wait.", "请联系接待人，商定等候时间。"),
            RuleKind::ArrivalReminder => ("Be ready to receive the guest.", "请做好接待准备。"),
            RuleKind::PostUnmanned => ("Call them, or send somebody else there.", "请电话联系，或另派人员到岗。"),
            RuleKind::GuestWaiting => ("Call the host, or receive the guest yourself.", "请联系接待人，或先行接待。"),
            RuleKind::PickupAtRisk => (
                "Call the driver; send another car if he cannot make it, and tell the guests.",
                "请联系司机；如无法赶到，请改派车辆并告知来宾。",
            ),
            RuleKind::VehicleEmpty => (
                "Ask the driver where he goes, or put the trip into the plan.",
                "请联系司机确认去向，或在计划中补录行程。",
            ),
            RuleKind::Zone => ("Meet it there, if it brings your guests.", "如接应其来宾，请到场。"),
            RuleKind::DoubleBooking => {
                ("Move one of the two, and bring in the changed plan.", "请调整其中一项，并重新导入计划。")
            }
            RuleKind::IdleVehicle => ("Ask the driver whether the stop is meant.", "请联系司机，确认停车原因。"),
            RuleKind::RoomClimate => climate_todo(alert),
            RuleKind::KioskSilent => (
                "Check its power and network. Guests can check in at another kiosk.",
                "请检查电源与网络。来宾可改用其他签到机。",
            ),
            RuleKind::VehicleSilent => {
                ("Call the driver; the tracker may have lost power.", "请联系司机；车载终端可能断电。")
            }
            RuleKind::SensorSilent => ("Check its battery and radio.", "请检查电池与信号。"),
            RuleKind::RoomCrowded => {
                ("Open another room, or hold guests back at its door.", "请分流至其他房间，或在门口限流。")
            }
            RuleKind::BatteryLow => ("Change its battery before it falls silent.", "请在断电之前更换电池。"),
            RuleKind::SensorStuck => (
                "Restart or replace it; until then do not rely on what it measures.",
                "请重启或更换；在此之前读数不可信。",
            ),
            RuleKind::KioskSlow => {
                ("Send somebody to help there, or open another kiosk.", "请派人协助，或加开签到机。")
            }
            RuleKind::Custom if alert.values.contains_key("slow_ms") => {
                ("Make its condition simpler and load the configuration anew.", "请简化其条件后重新加载配置。")
            }
            RuleKind::Custom => ("Do what was agreed for this rule.", "请按该规则约定处置。"),
            RuleKind::Incident => {
                ("Go there now, and acknowledge on the dashboard that you have it.", "请立即前往现场，并在看板上确认。")
            }
            RuleKind::UpstreamOffline => (
                "Nothing is lost: everything is kept here and sent later. Look at the network if it should be there.",
                "数据已保存在本机，恢复后自动补传。如应在线，请检查网络。",
            ),
            RuleKind::DiskLow => (
                "Make room on its disk. Once it is full nothing more can be taken in.",
                "请清理磁盘。写满后将无法接收新数据。",
            ),
            RuleKind::BackupOld => {
                ("Look at the place where backups go, then make one.", "请检查备份位置，然后执行一次备份。")
            }
            RuleKind::DataGivenUp => (
                "Scans and alerts are all kept. Make room, or raise the data budget.",
                "签到与告警均已保留。请清理磁盘或调大数据上限。",
            ),
            RuleKind::ClockUntrusted => (
                "Compare the clock with a phone and confirm it, or connect network time.",
                "请与手机对时后确认，或接入网络授时。",
            ),
        };
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }
}

fn climate_todo(alert: &Alert) -> (&'static str, &'static str) {
    match (text(alert, "metric").unwrap_or_default(), text(alert, "side") != Some("low")) {
        ("temperature", true) => (
            "Ask building services to cool the room, or move part of the guests.",
            "请通知物业加强制冷，或疏导部分来宾。",
        ),
        ("temperature", false) => {
            ("Ask building services for more heating; close outside doors.", "请通知物业加强供暖，并关好外门。")
        }
        ("humidity", true) => {
            ("Ask building services to dry the air; check for open water.", "请通知物业除湿，并检查是否漏水。")
        }
        ("humidity", false) => ("Ask building services to humidify the air.", "请通知物业加湿。"),
        ("co2", _) => ("Bring in fresh air: open doors, raise the ventilation.", "请增加新风：开门通风，调高送风量。"),
        (_, _) => ("Go and look at the room.", "请到现场查看。"),
    }
}
