//! Punctuality and check-in in words.

use super::super::check_in::CheckInFigures;
use super::super::punctuality::{PunctualityFigures, VisitFigures};
use super::{COUNT, Cell, Chart, Column, Look, MIN, PERCENT, Pen, SECONDS, Section, Series, Table, number, text};
use crate::facts::Scan;

pub(super) fn punctuality(pen: &Pen<'_>, of: &PunctualityFigures) -> Section {
    let title = pen.say(("Punctuality", "准点情况"));
    let aside = [
        pen.figure(("Called off", "已取消"), number(of.cancelled), COUNT),
        pen.figure(("Without a time", "未定时间"), number(of.without_time), COUNT),
    ];
    if of.all.expected == 0 {
        let nothing = pen
            .say(("No data: the plan has no visit with a time on this day.", "无数据：计划中当日没有带时间的行程。"));
        let figures = if of.cancelled + of.without_time > 0 { aside.into() } else { Vec::new() };
        return Section { title, nothing: Some(nothing), figures, ..Section::default() };
    }
    let all = &of.all;
    let [median, p90] = pen.two_of(&all.delay);
    let mut figures = vec![
        pen.figure(("In time, share", "准时率"), pen.maybe(all.in_time_percent), PERCENT),
        pen.figure(("Visits expected", "应到行程"), number(all.expected), COUNT),
        pen.figure(("Late", "迟到"), number(all.late), COUNT),
        pen.figure(("Not seen", "未见到"), number(all.not_seen), COUNT),
        pen.figure(("Delay, half at most", "延误中位数"), median, MIN),
        pen.figure(("Delay, nine of ten at most", "延误九成以内"), p90, MIN),
    ];
    figures.extend(aside);
    let tiers = lines(pen, ("By tier", "按级别"), ("Tier", "级别"), &of.by_tier, |name| {
        pen.language.word(name).to_owned()
    });
    let hosts = lines(pen, ("By host", "按接待人"), ("Host", "接待人"), &of.by_host, str::to_owned);
    let hours = lines(pen, ("By hour", "按时段"), ("Expected from", "预计时段"), &of.by_hour, |hour| {
        format!("{hour}:00")
    });
    Section {
        title,
        figures,
        tables: vec![tiers, hosts, hours],
        charts: vec![by_hour(pen, &of.by_hour)],
        notes: vec![
            pen.say((
                "In time: scanned at most the grace of the tier after the expected time. The share is of those in time, \
                 late and not seen.",
                "准时：在预计时间加该级别宽限之内扫码。准时率按准时、迟到与未见到的合计计算。",
            ))
            .to_owned(),
            pen.say((
                "Not seen: the grace is over without a scan. A guest may have come while a kiosk was silent. Not judged: \
                 scanned while the gateway's time was not trusted.",
                "未见到：宽限已过仍无扫码；签到机无响应时来宾可能已到。无法判断：扫码时网关时间不可信。",
            ))
            .to_owned(),
        ],
        ..Section::default()
    }
}

fn lines(
    pen: &Pen<'_>,
    caption: super::Both,
    who: super::Both,
    of: &[VisitFigures],
    name: impl Fn(&str) -> String,
) -> Table {
    let columns = vec![
        pen.column(who, COUNT),
        pen.column(("Expected", "应到"), COUNT),
        pen.column(("In time", "准时"), COUNT),
        pen.column(("Late", "迟到"), COUNT),
        pen.column(("Not seen", "未见到"), COUNT),
        pen.column(("Still expected", "待到"), COUNT),
        pen.column(("Not judged", "无法判断"), COUNT),
        pen.column(("In time, share", "准时率"), PERCENT),
        pen.column(("Delay, half", "延误中位数"), MIN),
        pen.column(("Delay, 9 of 10", "延误九成"), MIN),
    ];
    let unknown = || pen.say(("(not given)", "（未填）")).to_owned();
    let row = |line: &VisitFigures| {
        let VisitFigures { expected, in_time, late, not_seen, still_expected, unjudged, .. } = line;
        let mut row = vec![text(line.name.as_deref().map_or_else(unknown, &name))];
        row.extend([expected, in_time, late, not_seen, still_expected, unjudged].map(number));
        row.push(pen.maybe(line.in_time_percent));
        row.extend(pen.two_of(&line.delay));
        row
    };
    Table { caption: pen.say(caption), columns, rows: of.iter().map(row).collect() }
}

fn by_hour(pen: &Pen<'_>, of: &[VisitFigures]) -> Chart {
    let series = |name, look, value: fn(&VisitFigures) -> u32| Series {
        name: pen.say(name),
        look,
        values: of.iter().map(|line| f64::from(value(line))).collect(),
    };
    Chart {
        caption: pen.say(("Visits by the hour at which they were expected", "按预计时段统计的行程")),
        unit: pen.say(("visits", "行程")),
        upright: true,
        items: of.iter().map(|line| line.name.clone().unwrap_or_default()).collect(),
        series: vec![
            series(("in time", "准时"), Look::Plain, |line| line.in_time),
            series(("late", "迟到"), Look::Amber, |line| line.late),
            series(("not seen", "未见到"), Look::Red, |line| line.not_seen),
            series(("still expected or not judged", "待到或无法判断"), Look::Hollow, |line| {
                line.still_expected + line.unjudged
            }),
        ],
    }
}

pub(super) fn check_in(pen: &Pen<'_>, of: &CheckInFigures) -> Section {
    let title = pen.say(("Check-in", "签到"));
    if of.check_ins + of.exits == 0 {
        let nothing = pen.say(("No data: nobody was scanned on this day.", "无数据：当日没有扫码记录。"));
        return Section { title, nothing: Some(nothing), ..Section::default() };
    }
    let busiest = of.busiest.map(|quarter| pen.day.clock(quarter.from));
    let figures = vec![
        pen.figure(("Check-ins", "签到次数"), number(of.check_ins), COUNT),
        pen.figure(("Not let in", "未放行"), number(of.refused), COUNT),
        pen.figure(("Ways out", "离场"), number(of.exits), COUNT),
        pen.figure(("Took, half at most", "用时中位数"), pen.maybe(of.took.median_s), SECONDS),
        pen.figure(("Took, nine of ten at most", "用时九成以内"), pen.maybe(of.took.p90_s), SECONDS),
        pen.figure(("With a queue, all kiosks", "排队时长合计"), pen.maybe(of.queue_min), MIN),
        pen.figure(("Busiest quarter from", "最忙一刻钟自"), busiest.map_or_else(|| pen.no_data(), text), COUNT),
        pen.figure(("Check-ins in it", "该刻钟签到"), pen.maybe(of.busiest.map(|quarter| quarter.check_ins)), COUNT),
    ];
    let count = |(word, count): (&&'static str, &u32)| vec![text(pen.language.word(word)), number(count)];
    let verdicts = Table {
        caption: pen.say(("What was said", "扫码结果")),
        columns: vec![pen.column(("Answer", "结果"), COUNT), pen.column(("Scans", "次数"), COUNT)],
        rows: of.verdicts.iter().map(count).collect(),
    };
    Section {
        title,
        figures,
        tables: vec![kiosks(pen, of), verdicts],
        charts: vec![by_quarter(pen, of)],
        notes: vec![
            pen.say((
                "Check-in time is what kiosks report; scans that do not say it are left out, and where none says it there \
                 is no data.",
                "签到用时以签到机上报为准；未上报的不计入，均未上报则为无数据。",
            ))
            .to_owned(),
            pen.say((
                "Nobody counts queues. One is taken to have stood where at least three check-ins followed each other at a \
                 kiosk within 15 s.",
                "现场不清点排队人数。同一签到机至少三次签到间隔均在 15 秒以内，即视为有排队。",
            ))
            .to_owned(),
        ],
        ..Section::default()
    }
}

fn kiosks(pen: &Pen<'_>, of: &CheckInFigures) -> Table {
    let columns: Vec<Column> = vec![
        pen.column(("Kiosk", "签到机"), COUNT),
        pen.column(("Check-ins", "签到次数"), COUNT),
        pen.column(("Took, half", "用时中位数"), SECONDS),
        pen.column(("Took, 9 of 10", "用时九成"), SECONDS),
        pen.column(("Longest", "最长用时"), SECONDS),
        pen.column(("With a queue", "排队时长"), MIN),
        pen.column(("Longest queue", "最长排队"), ("check-ins", "次")),
    ];
    let by_hand = pen.say(("By hand", "人工签到"));
    let row = |kiosk: &super::super::KioskFigures| -> Vec<Cell> {
        vec![
            text(if Scan::is_dashboard(&kiosk.kiosk) { by_hand } else { kiosk.kiosk.as_str() }),
            number(kiosk.check_ins),
            pen.maybe(kiosk.took.median_s),
            pen.maybe(kiosk.took.p90_s),
            pen.maybe(kiosk.took.longest_s),
            pen.maybe(kiosk.queue_min),
            pen.maybe(kiosk.longest_queue),
        ]
    };
    Table { caption: pen.say(("By kiosk", "按签到机")), columns, rows: of.kiosks.iter().map(row).collect() }
}

/// Every quarter from the first with check-ins to the last, so that quiet ones are seen.
fn by_quarter(pen: &Pen<'_>, of: &CheckInFigures) -> Chart {
    let number_of = |quarter: &super::super::Quarter| pen.day.quarter(quarter.from);
    let first = of.quarters.first().map_or(0, number_of);
    let behind = of.quarters.last().map_or(first, |last| number_of(last) + 1);
    let count = |number: u16| {
        let found = of.quarters.iter().find(|quarter| number_of(quarter) == number);
        found.map_or(0.0, |quarter| f64::from(quarter.check_ins))
    };
    Chart {
        caption: pen.say(("Check-ins by quarter of an hour", "每一刻钟签到次数")),
        unit: pen.say(("check-ins", "次")),
        upright: true,
        items: (first..behind).map(|number| pen.day.clock(pen.day.quarter_begins(number))).collect(),
        series: vec![Series {
            name: pen.say(("check-ins", "签到")),
            look: Look::Plain,
            values: (first..behind).map(count).collect(),
        }],
    }
}
