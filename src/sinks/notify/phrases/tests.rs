//! What is said, in both languages.

use jiff::tz::TimeZone;

use super::*;
use crate::plan::Directory;
use crate::sinks::notify::choose::{Form, News};
use crate::sinks::notify::words::{Language, Text};

const FIRING: &str = r#"{"id":"A-1","rule":"RULE","subject":"SUBJECT","severity":"SEVERITY","state":"firing",
    "at":"2026-11-23T02:40:00Z","cause":null,"pending_at":"2026-11-23T02:10:00Z","fired_at":"2026-11-23T02:40:00Z",
    "acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"resolution":null,"values":VALUES,"notes":[]}"#;

fn alert(rule: &str, subject: &str, severity: &str, values: &str) -> Alert {
    let words = [("RULE", rule), ("SUBJECT", subject), ("SEVERITY", severity), ("VALUES", values)];
    let text = words.iter().fold(FIRING.to_owned(), |text, (word, with)| text.replace(word, with));
    serde_json::from_str(&text).unwrap()
}

fn directory() -> Directory {
    let mut plan = crate::facts::plan::Plan::default();
    let person: crate::facts::plan::Person =
        serde_json::from_str(r#"{"name":"王芳","host":"李娜","host_contact":"13800000000"}"#).unwrap();
    plan.people.guests.insert("G-1".parse().unwrap(), person);
    plan.people.rooms.insert("hall".parse().unwrap(), "宴会厅".to_owned());
    Directory::of(&plan)
}

fn told(language: Language, names: bool, news: &News) -> Text {
    let words = Words {
        language,
        zone: &TimeZone::get("Asia/Shanghai").unwrap(),
        site: "国宾馆",
        directory: &directory(),
        names,
        now: "2026-11-23T02:45:00Z".parse().unwrap(),
    };
    words.tell(news)
}

fn firing(alerts: Vec<Alert>) -> News {
    News { form: Form::Full, firing: alerts, over: Vec::new(), passed: 0 }
}

#[test]
fn a_late_guest_is_told_with_host_and_what_to_do_and_named_only_where_allowed() {
    let values = r#"{"code":"G-1","tier":"vip","expected_at":"2026-11-23T02:10:00Z","place":"hall"}"#;
    let news = firing(vec![alert("late_arrival", "guest/G-1", "warning", values)]);
    let chinese = told(Language::Chinese, true, &news);
    assert_eq!(chinese.title, "[国宾馆] 王芳（VIP）迟到 35 分钟");
    assert_eq!(chinese.lines, ["预计 10:10 到达 宴会厅", "接待人：李娜, 13800000000", "请联系接待人，商定等候时间。"]);
    let english = told(Language::English, false, &news);
    assert_eq!(english.title, "[国宾馆] Guest G-1 (VIP) is 35 min late");
    assert_eq!(english.lines, ["Expected at 10:10, 宴会厅", "Call the host and agree how long to wait."]);
}

#[test]
fn a_guest_on_the_way_is_told_with_where_the_vehicle_is_and_when_it_may_be_here() {
    let (seen, eta) = (r#""vehicle_seen_at":"2026-11-23T02:40:00Z""#, r#""vehicle_eta":"2026-11-23T03:05:00Z""#);
    for (known, english, chinese) in [
        (String::new(), "Comes in Vehicle car-3", "乘坐车辆 car-3 "),
        (
            r#","vehicle_position":"none""#.to_owned(),
            "Comes in Vehicle car-3: no position",
            "乘坐车辆 car-3：无位置数据",
        ),
        (
            format!(r#","vehicle_position":"fresh",{seen},"vehicle_distance_m":12400,{eta}"#),
            "Comes in Vehicle car-3: 12 km away at 10:40, about 11:05",
            "乘坐车辆 car-3：10:40 距目的地 12 公里，约 11:05 到达",
        ),
        (
            format!(r#","vehicle_position":"stale",{seen},"vehicle_distance_m":3250"#),
            "Comes in Vehicle car-3: no position since 10:40, then 3.2 km away",
            "乘坐车辆 car-3：10:40 起无位置数据，当时距目的地 3.2 公里",
        ),
        (
            format!(r#","vehicle_position":"fresh",{seen},"vehicle_zone":"yard""#),
            "Comes in Vehicle car-3: in yard at 10:40",
            "乘坐车辆 car-3：10:40 位于 yard",
        ),
        (
            format!(r#","vehicle_position":"fresh",{seen},"vehicle_distance_m":0,{eta}"#),
            "Comes in Vehicle car-3: there at 10:40",
            "乘坐车辆 car-3：10:40 已在目的地",
        ),
    ] {
        let values = format!(r#"{{"code":"G-1","vehicle":"car-3"{known}}}"#);
        let news = firing(vec![alert("late_arrival", "guest/G-1", "warning", &values)]);
        assert_eq!(told(Language::English, false, &news).lines[0], english);
        assert_eq!(told(Language::Chinese, false, &news).lines[0], chinese);
    }
}

#[test]
fn several_are_listed_and_an_outage_is_said_first() {
    let hot = r#"{"metric":"temperature","side":"high","value":27.6,"limit":27,"since":"2026-11-23T02:35:00Z"}"#;
    let alerts = vec![
        alert("disk_low", "gateway", "critical", r#"{"reason":"3 MiB are left"}"#),
        alert("room_climate", "room/hall", "warning", hot),
    ];
    let mut news = firing(alerts);
    let english = told(Language::English, false, &news);
    assert_eq!(english.title, "[国宾馆] 2 alerts");
    assert_eq!(
        english.lines,
        [
            "Urgent: The gateway is running out of room",
            "  Since 10:10",
            "  3 MiB are left",
            "宴会厅 is too warm: 27.6 °C",
            "  Limit 27 °C",
            "  Since 10:35"
        ]
    );
    news.form = Form::Digest { since: "2026-11-22T23:00:00Z".parse().unwrap() };
    news.passed = 3;
    let chinese = told(Language::Chinese, false, &news);
    assert_eq!(chinese.title, "[国宾馆] 07:00 起未能发送通知：共 5 项告警，2 项仍未解除");
    assert_eq!(chinese.lines, ["紧急：网关存储空间不足", "宴会厅温度过高：27.6 °C"]);
}

#[test]
fn a_flood_and_its_end_are_said_before_the_alerts() {
    let mut news = firing(vec![alert("disk_low", "gateway", "critical", "{}"); 12]);
    news.form = Form::Flood { until: "2026-11-23T02:55:00Z".parse().unwrap() };
    let english = told(Language::English, false, &news);
    assert_eq!(english.title, "[国宾馆] 12 alerts");
    assert!(english.lines[0].contains("gathered until 10:55"), "{english:?}");
    assert_eq!((english.lines.len(), english.lines[11].as_str()), (12, "and 2 more, on the dashboard"));
    news.form = Form::Ebb;
    assert_eq!(told(Language::Chinese, false, &news).lines[0], "告警已减少，恢复逐条通知。");
}

#[test]
fn whoever_is_on_duty_is_no_guest() {
    let titles = |staff: &str, subject: &str| {
        let values = format!(r#"{{"post":"P01","staff":"{staff}"}}"#);
        let news = firing(vec![alert("post_unmanned", subject, "warning", &values)]);
        [told(Language::English, true, &news).title, told(Language::Chinese, true, &news).title]
    };
    assert_eq!(
        titles("S-7", "guest/S-7"),
        ["[国宾馆] Post P01: Staff S-7 is not here", "[国宾馆] 岗位 P01：值守人员 S-7 未到岗"]
    );
    assert_eq!(titles("G-1", "guest/G-1"), ["[国宾馆] Post P01: 王芳 is not here", "[国宾馆] 岗位 P01：王芳未到岗"]);
}

#[test]
fn every_rule_and_every_end_has_words_in_both_languages() {
    for rule in RuleKind::ALL {
        let mut alert = alert(rule.word(), "gateway", "info", "{}");
        for (language, mark) in [(Language::Chinese, '：'), (Language::English, ':')] {
            let fires = told(language, false, &firing(vec![alert.clone()]));
            assert!(fires.title.contains(mark) && !fires.lines.is_empty(), "{fires:?}");
        }
        (alert.state, alert.resolution) = (crate::facts::AlertState::Resolved, Some(Resolution::Cleared));
        let news = News { form: Form::Full, firing: Vec::new(), over: vec![alert], passed: 0 };
        assert!(told(Language::English, false, &news).title.ends_with("back within limits"));
        assert!(told(Language::Chinese, false, &news).title.ends_with("恢复正常"));
    }
}
