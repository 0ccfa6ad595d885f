//! Alerts in words.

use super::super::alerts::{AlertFigures, AlertsFigures, Repeater};
use super::{COUNT, Chart, Figure, Look, MIN, Pen, Section, Series, Table, number, text};

/// Of a day on which nothing was recorded nobody knows whether anything was the matter.
pub(super) fn alerts(pen: &Pen<'_>, of: &AlertsFigures, is_recorded: bool) -> Section {
    let title = pen.say(("Alerts", "告警"));
    if of.all.fired == 0 {
        let nothing = pen.say(if is_recorded {
            ("No alert fired on this day.", "当日没有告警。")
        } else {
            ("No data: nothing was recorded on this day.", "无数据：当日没有任何记录。")
        });
        let figures = if of.reminders > 0 { vec![reminders(pen, of)] } else { Vec::new() };
        return Section { title, nothing: Some(nothing), figures, ..Section::default() };
    }
    let all = &of.all;
    let [acknowledge, acknowledge_p90] = pen.two_of(&all.to_acknowledge);
    let [resolve, resolve_p90] = pen.two_of(&all.to_resolve);
    let figures = vec![
        pen.figure(("Alerts", "告警数"), number(all.fired), COUNT),
        pen.figure(("Acknowledged", "已确认"), number(all.acknowledged), COUNT),
        pen.figure(("Over untouched", "未确认已解除"), number(all.over_untouched), COUNT),
        pen.figure(("Still open", "未解除"), number(all.open), COUNT),
        pen.figure(("To acknowledge, half at most", "确认用时中位数"), acknowledge, MIN),
        pen.figure(("To acknowledge, nine of ten at most", "确认用时九成以内"), acknowledge_p90, MIN),
        pen.figure(("To resolve, half at most", "解除用时中位数"), resolve, MIN),
        pen.figure(("To resolve, nine of ten at most", "解除用时九成以内"), resolve_p90, MIN),
        reminders(pen, of),
    ];
    let rules = lines(pen, ("By rule", "按规则"), ("Rule", "规则"), &of.by_rule);
    let severities = lines(pen, ("By severity", "按严重程度"), ("Severity", "严重程度"), &of.by_severity);
    let mut tables = vec![rules, severities];
    if !of.repeaters.is_empty() {
        tables.push(repeaters(pen, &of.repeaters));
    }
    Section {
        title,
        figures,
        tables,
        charts: vec![by_hour(pen, of)],
        notes: vec![
            pen.say((
                "Times run from when the alert fired, of those that were acknowledged or are over; where there are none \
                 there is no data. Each alert is told as it stands now.",
                "用时自告警触发起算，仅统计已确认或已解除的告警，没有则为无数据。各告警以当前状态为准。",
            ))
            .to_owned(),
        ],
        ..Section::default()
    }
}

/// That a guest was about to come was told to the host so often.
fn reminders(pen: &Pen<'_>, of: &AlertsFigures) -> Figure {
    pen.figure(("Reminders of guests, not counted", "来宾到达提醒（不计入）"), number(of.reminders), COUNT)
}

fn lines(pen: &Pen<'_>, caption: super::Both, which: super::Both, of: &[AlertFigures]) -> Table {
    let columns = vec![
        pen.column(which, COUNT),
        pen.column(("Alerts", "告警数"), COUNT),
        pen.column(("Acknowledged", "已确认"), COUNT),
        pen.column(("Over untouched", "未确认已解除"), COUNT),
        pen.column(("Waiting", "待处理"), COUNT),
        pen.column(("Open", "未解除"), COUNT),
        pen.column(("To acknowledge, half", "确认中位数"), MIN),
        pen.column(("To acknowledge, 9 of 10", "确认九成"), MIN),
        pen.column(("To resolve, half", "解除中位数"), MIN),
        pen.column(("To resolve, 9 of 10", "解除九成"), MIN),
    ];
    let row = |of: &AlertFigures| {
        let mut row = vec![text(pen.language.word(of.name.unwrap_or_default()))];
        row.extend([of.fired, of.acknowledged, of.over_untouched, of.waiting, of.open].map(number));
        row.extend(pen.two_of(&of.to_acknowledge));
        row.extend(pen.two_of(&of.to_resolve));
        row
    };
    Table { caption: pen.say(caption), columns, rows: of.iter().map(row).collect() }
}

fn repeaters(pen: &Pen<'_>, of: &[Repeater]) -> Table {
    let columns = vec![
        pen.column(("Who or what", "对象"), COUNT),
        pen.column(("Rule", "规则"), COUNT),
        pen.column(("Alerts", "告警数"), COUNT),
    ];
    let row = |of: &Repeater| {
        vec![text(pen.language.subject(&of.subject)), text(pen.language.rule(of.rule)), number(of.fired)]
    };
    Table { caption: pen.say(("Again and again", "反复告警")), columns, rows: of.iter().map(row).collect() }
}

/// Every hour from the first with alerts to the last.
fn by_hour(pen: &Pen<'_>, of: &AlertsFigures) -> Chart {
    let hour = |hour: &str| hour.parse::<u8>().unwrap_or_default();
    let first = of.by_hour.first().map_or(0, |line| hour(&line.hour));
    let last = of.by_hour.last().map_or(first, |line| hour(&line.hour));
    let count = |number: u8| {
        let found = of.by_hour.iter().find(|line| hour(&line.hour) == number);
        found.map_or(0.0, |line| f64::from(line.fired))
    };
    Chart {
        caption: pen.say(("Alerts by hour", "按时段统计的告警")),
        unit: pen.say(("alerts", "告警")),
        upright: true,
        items: (first..=last).map(|number| format!("{number:02}")).collect(),
        series: vec![Series {
            name: pen.say(("alerts", "告警")),
            look: Look::Amber,
            values: (first..=last).map(count).collect(),
        }],
    }
}
