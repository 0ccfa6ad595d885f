//! The data's quality and the conservation report in words.

use super::super::quality::{DeviceFigures, QualityFigures};
use super::{COUNT, Cell, MIN, Pen, Section, Table, number, text};
use crate::conservation::{Conservation, Difference, EntriesLine, LaneLine, LineKind, LinkLine};

pub(super) fn quality(pen: &Pen<'_>, of: &QualityFigures) -> Section {
    let title = pen.say(("Data quality", "数据质量"));
    if of.entries == 0 && of.given_up == 0 {
        let nothing = pen.say(("No data: nothing was recorded on this day.", "无数据：当日没有任何记录。"));
        return Section { title, nothing: Some(nothing), ..Section::default() };
    }
    let figures = vec![
        pen.figure(("Entries", "记录数"), number(of.entries), COUNT),
        pen.figure(("First number", "首个编号"), pen.maybe(of.first_seq), COUNT),
        pen.figure(("Last number", "末个编号"), pen.maybe(of.last_seq), COUNT),
        pen.figure(("Given up, for want of room or by age", "因空间或期限舍弃"), number(of.given_up), COUNT),
        pen.figure(("Missing without a reason", "无故缺失"), number(of.missing), COUNT),
        pen.figure(("Unreadable", "无法读取"), number(of.unreadable), COUNT),
        pen.figure(("Not understood", "无法识别"), number(of.rejected), COUNT),
        pen.figure(("Positions that cannot be", "不可能的定位"), number(of.positions_passed_over), COUNT),
        pen.figure(("Time not trusted", "时间不可信"), number(of.untrusted_min), MIN),
        pen.figure(("Clock moved", "时钟调整"), number(of.clock_moved), COUNT),
        pen.figure(("Starts of the gateway", "网关启动"), number(of.gateway_starts), COUNT),
    ];
    let kind = |(word, count): (&&'static str, &u64)| vec![text(pen.language.word(kind_word(word))), number(count)];
    let kinds = Table {
        caption: pen.say(("By kind", "按类型")),
        columns: vec![pen.column(("Kind", "类型"), COUNT), pen.column(("Entries", "记录数"), COUNT)],
        rows: of.by_kind.iter().map(kind).collect(),
    };
    Section {
        title,
        figures,
        tables: vec![kinds, devices(pen, &of.devices)],
        notes: vec![
            pen.say((
                "Numbers have no holes: those that are there, those given up and those missing are all from the first to \
                 the last. Silence is what the rules called so, from the moment at which the device fell silent.",
                "编号连续：现有、舍弃与缺失之和即首末编号之间的全部。无响应以规则判定为准，自设备停止上报起算。",
            ))
            .to_owned(),
        ],
        ..Section::default()
    }
}

/// The word of a kind of entry; that of a call for help is also a rule's.
fn kind_word(word: &str) -> &str {
    if word == "incident" { "incident_report" } else { word }
}

fn devices(pen: &Pen<'_>, of: &[DeviceFigures]) -> Table {
    let columns = vec![
        pen.column(("Device", "设备"), COUNT),
        pen.column(("Entries", "记录数"), COUNT),
        pen.column(("Not understood", "无法识别"), COUNT),
        pen.column(("Silences", "无响应次数"), COUNT),
        pen.column(("Not heard", "无响应时长"), MIN),
    ];
    let others = || pen.say(("All others", "其余设备")).to_owned();
    let row = |of: &DeviceFigures| {
        let name = of.device.as_ref().map_or_else(others, |device| pen.language.subject(device));
        vec![text(name), number(of.entries), number(of.rejected), number(of.silences), number(of.silent_min)]
    };
    Table { caption: pen.say(("By device", "按设备")), columns, rows: of.iter().map(row).collect() }
}

pub(super) fn conservation(pen: &Pen<'_>, of: Option<&Conservation>) -> Section {
    let title = pen.say(("What became of everything that was heard", "数据守恒"));
    let Some(of) = of else {
        let nothing = pen.say((
            "No data: the running gateway counts this from its start on, and it has not told it for this day. Ask it for \
             /api/v1/report while it runs.",
            "无数据：该统计由运行中的网关自启动起累计，当日数据未提供。请在网关运行时通过 /api/v1/report 获取。",
        ));
        return Section { title, nothing: Some(nothing), ..Section::default() };
    };
    let since = of.since.map_or_else(|| pen.no_data(), |since| text(pen.day.clock(since)));
    let adds_up = if of.adds_up { ("yes", "是") } else { ("no", "否") };
    let EntriesLine { committed, from_links, alert_changes, found_after_failure, in_journal, .. } = of.entries;
    let mut tables = vec![links(pen, &of.links)];
    if !of.upstream.is_empty() {
        tables.push(lanes(pen, &of.upstream));
    }
    if !of.differences.is_empty() {
        tables.push(differences(pen, &of.differences));
    }
    Section {
        title,
        figures: vec![
            pen.figure(("Adds up", "是否平衡"), text(pen.say(adds_up)), COUNT),
            pen.figure(("Counted since", "统计自"), since, COUNT),
            pen.figure(("Entries committed", "已提交记录"), number(committed), COUNT),
            pen.figure(("From links", "来自连接"), number(from_links), COUNT),
            pen.figure(("Alert changes", "告警变更"), number(alert_changes), COUNT),
            pen.figure(("Found after a failure", "故障后找回"), number(found_after_failure), COUNT),
            pen.figure(("Found in the journal", "日志中找到"), number(in_journal), COUNT),
        ],
        tables,
        notes: vec![
            pen.say((
                "Counted from the start of the gateway to the moment of this report, which need not be this day alone. \
                 What each link heard is the sum of everything that stands beside it.",
                "自网关启动起累计至本报告生成时，不一定只含当日。各连接收到的数量等于其右侧各项之和。",
            ))
            .to_owned(),
        ],
        ..Section::default()
    }
}

fn links(pen: &Pen<'_>, of: &[LinkLine]) -> Table {
    let columns = vec![
        pen.column(("Link", "连接"), COUNT),
        pen.column(("Heard", "收到"), COUNT),
        pen.column(("Kept", "保存"), COUNT),
        pen.column(("Kept before", "此前已存"), COUNT),
        pen.column(("Not understood", "无法识别"), COUNT),
        pen.column(("Nothing to keep", "无需保存"), COUNT),
        pen.column(("Thinned", "抽稀"), COUNT),
        pen.column(("Given up", "舍弃"), COUNT),
        pen.column(("Turned away", "拒收"), COUNT),
        pen.column(("Not kept", "未保存"), COUNT),
        pen.column(("On its way", "处理中"), COUNT),
    ];
    let row = |of: &LinkLine| -> Vec<Cell> {
        let sum = |by: &crate::counters::ledger::ByWord| by.values().sum::<u64>();
        let counts = [
            of.heard,
            of.kept,
            of.duplicates,
            sum(&of.rejected),
            sum(&of.nothing_to_keep),
            of.thinned,
            sum(&of.dropped),
            sum(&of.turned_away),
            of.not_kept,
            of.in_flight,
        ];
        std::iter::once(text(&*of.link)).chain(counts.map(number)).collect()
    };
    Table { caption: pen.say(("By link", "按连接")), columns, rows: of.iter().map(row).collect() }
}

fn lanes(pen: &Pen<'_>, of: &[LaneLine]) -> Table {
    let columns = vec![
        pen.column(("Lane to upstream", "上级平台通道"), COUNT),
        pen.column(("Entries", "记录数"), COUNT),
        pen.column(("Done before", "此前完成"), COUNT),
        pen.column(("Acknowledged", "已确认"), COUNT),
        pen.column(("Parked", "搁置"), COUNT),
        pen.column(("Waiting", "等待"), COUNT),
    ];
    let row = |of: &LaneLine| {
        let counts = [of.entries, of.done_before, of.acknowledged, of.parked, of.backlog];
        std::iter::once(text(&*of.lane)).chain(counts.map(number)).collect()
    };
    Table { caption: pen.say(("Upstream", "上级平台")), columns, rows: of.iter().map(row).collect() }
}

fn differences(pen: &Pen<'_>, of: &[Difference]) -> Table {
    let columns = vec![
        pen.column(("What does not add up", "不平衡项"), COUNT),
        pen.column(("Of", "对象"), COUNT),
        pen.column(("Missing", "差额"), COUNT),
    ];
    let row = |of: &Difference| {
        let line = pen.say(match of.line {
            LineKind::Link => ("What a link heard", "连接收到的数据"),
            LineKind::Origin => ("Where entries come from", "记录来源"),
            LineKind::Journal => ("Entries in the journal", "日志中的记录"),
            LineKind::Upstream => ("Entries upstream", "上级平台的记录"),
        });
        vec![text(line), text(&*of.name), number(of.missing)]
    };
    Table { caption: pen.say(("Differences", "差额")), columns, rows: of.iter().map(row).collect() }
}
