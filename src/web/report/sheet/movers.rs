//! Vehicles and rooms in words.

use super::super::rooms::{RoomFigures, RoomsFigures};
use super::super::vehicles::{FleetFigures, PickUpFigures, VehicleFigures};
use super::super::words::unit;
use super::{COUNT, Cell, Chart, KM, Look, MIN, PERCENT, Pen, Section, Series, Table, number, text};

pub(super) fn vehicles(pen: &Pen<'_>, of: &FleetFigures) -> Section {
    let title = pen.say(("Vehicles", "车辆"));
    if of.km.is_none() && of.pick_ups.planned == 0 {
        let nothing = pen.say((
            "No data: no vehicle was heard on this day, and none was to fetch anybody.",
            "无数据：当日没有车辆定位，也没有接站安排。",
        ));
        return Section { title, nothing: Some(nothing), ..Section::default() };
    }
    let PickUpFigures { planned, in_time_percent, late, missed, no_data, .. } = of.pick_ups;
    let figures = vec![
        pen.figure(("Driven", "行驶里程"), pen.maybe(of.km), KM),
        pen.figure(("Of this empty", "空驶率"), pen.maybe(of.empty_percent), PERCENT),
        pen.figure(("Pick-ups in time", "接站准时率"), pen.maybe(in_time_percent), PERCENT),
        pen.figure(("Pick-ups", "接站次数"), number(planned), COUNT),
        pen.figure(("Pick-ups late", "接站迟到"), number(late), COUNT),
        pen.figure(("Pick-ups missed", "未到接站点"), number(missed), COUNT),
        pen.figure(("Pick-ups without data", "接站无数据"), number(no_data), COUNT),
    ];
    Section {
        title,
        figures,
        tables: vec![fleet(pen, &of.vehicles)],
        charts: vec![what_they_did(pen, &of.vehicles)],
        notes: vec![
            pen.say((
                "Idle: standing on duty outside its zones for longer than the rule allows; part of standing. No data: \
                 between its first and last position, neither seen driving nor standing. Moved unseen is a straight line \
                 and not part of the kilometres.",
                "停驶：值勤车辆在允许区域之外停留超过规则时限，已含在停留之内。无数据：首末定位之间既未见行驶也未见停留。\
                 未见移动按直线计算，不计入里程。",
            ))
            .to_owned(),
            pen.say((
                "Empty: every kilometre outside a trip, by the plan; a trip lasts from its pick-up until the first of its \
                 guests is scanned. In time: in the zone of the pick-up at the planned time, or within 2 min of it.",
                "空驶：行程之外的里程，以计划为准；行程自接站起至首位来宾扫码止。准时：计划时刻或其后 2 分钟内位于接站区域。",
            ))
            .to_owned(),
        ],
        ..Section::default()
    }
}

fn fleet(pen: &Pen<'_>, of: &[VehicleFigures]) -> Table {
    let columns = vec![
        pen.column(("Vehicle", "车辆"), COUNT),
        pen.column(("Driving", "行驶"), MIN),
        pen.column(("Standing", "停留"), MIN),
        pen.column(("Of this idle", "其中停驶"), MIN),
        pen.column(("No data", "无数据"), MIN),
        pen.column(("Driven", "里程"), KM),
        pen.column(("Moved unseen", "未见移动"), KM),
        pen.column(("Empty", "空驶率"), PERCENT),
        pen.column(("Pick-ups", "接站"), COUNT),
        pen.column(("There in time", "准时"), COUNT),
        pen.column(("Late", "迟到"), COUNT),
        pen.column(("Missed", "未到"), COUNT),
        pen.column(("Pick-ups without data", "接站无数据"), COUNT),
    ];
    let row = |of: &VehicleFigures| {
        let PickUpFigures { planned, in_time, late, missed, no_data, .. } = of.pick_ups;
        let times =
            [of.driving_min, of.standing_min, of.idle_min, of.no_data_min, of.km, of.unseen_km, of.empty_percent];
        let mut row = vec![text(called(of.vehicle.as_str(), of.name.as_deref()))];
        row.extend(times.map(|figure| pen.maybe(figure)));
        row.extend([planned, in_time, late, missed, no_data].map(number));
        row
    };
    Table { caption: pen.say(("By vehicle", "按车辆")), columns, rows: of.iter().map(row).collect() }
}

/// `car-1 一号车`.
fn called(id: &str, name: Option<&str>) -> String {
    match name {
        Some(name) if name != id => format!("{id} {name}"),
        Some(_) | None => id.to_owned(),
    }
}

fn what_they_did(pen: &Pen<'_>, of: &[VehicleFigures]) -> Chart {
    let heard: Vec<&VehicleFigures> = of.iter().filter(|vehicle| vehicle.positions > 0).collect();
    let series = |name, look, value: fn(&VehicleFigures) -> f64| Series {
        name: pen.say(name),
        look,
        values: heard.iter().map(|vehicle| value(vehicle)).collect(),
    };
    Chart {
        caption: pen.say(("What the vehicles did", "车辆状态")),
        unit: pen.say(MIN),
        upright: false,
        items: heard.iter().map(|vehicle| vehicle.vehicle.to_string()).collect(),
        series: vec![
            series(("driving", "行驶"), Look::Plain, |of| of.driving_min.unwrap_or_default()),
            series(("standing", "停留"), Look::Quiet, |of| {
                (of.standing_min.unwrap_or_default() - of.idle_min.unwrap_or_default()).max(0.0)
            }),
            series(("idle", "停驶"), Look::Amber, |of| of.idle_min.unwrap_or_default()),
            series(("no data", "无数据"), Look::Hollow, |of| of.no_data_min.unwrap_or_default()),
        ],
    }
}

pub(super) fn rooms(pen: &Pen<'_>, of: &RoomsFigures) -> Section {
    let title = pen.say(("Rooms", "房间"));
    if of.comfortable_min.is_none() {
        let nothing = pen
            .say(("No data: no room was booked or heard on this day.", "无数据：当日没有房间预订，也没有房间读数。"));
        return Section { title, nothing: Some(nothing), ..Section::default() };
    }
    // Where nothing is known of any room, its minutes are no data and not nought.
    let known = of.comfortable_percent.and(of.comfortable_min);
    Section {
        title,
        figures: vec![
            pen.figure(("Comfortable share", "舒适率"), pen.maybe(of.comfortable_percent), PERCENT),
            pen.figure(("Comfortable, all rooms", "舒适时长合计"), pen.maybe(known), MIN),
        ],
        tables: vec![by_room(pen, &of.rooms), quantities(pen, &of.rooms)],
        charts: vec![how_they_were(pen, &of.rooms)],
        notes: vec![
            pen.say((
                "A room is looked at while it is booked; one that is not booked, from its first reading to its last. \
                 Comfortable: every quantity with a limit that is known is within it. The share is of the minutes of which \
                 something is known.",
                "房间在预订时段内计入；未预订的自首次读数至末次读数计入。舒适：已知且设有限值的各项均在限值之内。\
                 舒适率按有数据的时长计算。",
            ))
            .to_owned(),
            pen.say((
                "A reading counts until the next one, at most as long as its sensor may be silent; after that there is no \
                 data.",
                "读数在下一次读数之前有效，最长不超过该传感器允许的静默时长，此后为无数据。",
            ))
            .to_owned(),
        ],
        ..Section::default()
    }
}

fn by_room(pen: &Pen<'_>, of: &[RoomFigures]) -> Table {
    let columns = vec![
        pen.column(("Room", "房间"), COUNT),
        pen.column(("Booked", "预订"), MIN),
        pen.column(("Looked at", "计入"), MIN),
        pen.column(("Comfortable", "舒适"), MIN),
        pen.column(("Beyond a limit", "超限"), MIN),
        pen.column(("No data", "无数据"), MIN),
        pen.column(("Comfortable share", "舒适率"), PERCENT),
        pen.column(("In use", "使用"), MIN),
        pen.column(("Most people", "最多人数"), COUNT),
        pen.column(("Capacity", "容量"), COUNT),
        pen.column(("Filled at most", "最高占用"), PERCENT),
    ];
    let not_booked = || text(pen.say(("not booked", "未预订")));
    let no_capacity = || text(pen.say(("not given", "未填")));
    let row = |of: &RoomFigures| {
        let mut row = vec![
            text(called(of.room.as_str(), of.name.as_deref())),
            of.booked_min.map_or_else(not_booked, number),
            pen.maybe(of.looked_at_min),
        ];
        // Minutes of comfort are told of those of which something is known alone.
        let known = of.comfortable_percent.is_some();
        let minutes = [of.comfortable_min, of.uncomfortable_min].map(|figure| pen.maybe(figure.filter(|_| known)));
        row.extend(minutes);
        row.extend([of.no_data_min, of.comfortable_percent, of.in_use_min, of.people_max].map(|f| pen.maybe(f)));
        row.push(of.capacity.map_or_else(no_capacity, number));
        row.push(pen.maybe(of.people_max_percent));
        row
    };
    Table { caption: pen.say(("By room", "按房间")), columns, rows: of.iter().map(row).collect() }
}

fn quantities(pen: &Pen<'_>, of: &[RoomFigures]) -> Table {
    let columns = vec![
        pen.column(("Room, quantity", "房间、项目"), COUNT),
        pen.column(("Low limit", "下限"), COUNT),
        pen.column(("High limit", "上限"), COUNT),
        pen.column(("Least", "最低"), COUNT),
        pen.column(("Most", "最高"), COUNT),
        pen.column(("Unit", "单位"), COUNT),
        pen.column(("Beyond a limit", "超限"), MIN),
    ];
    let rows = of.iter().flat_map(|room| {
        room.quantities.iter().map(|of| {
            let limit = |limit: Option<crate::facts::Milli>| -> Cell {
                limit.map_or_else(|| text(pen.say(("none", "无"))), number)
            };
            let quantity = pen.language.word(of.quantity);
            vec![
                text(pen.say((format!("{}, {quantity}", room.room), format!("{}，{quantity}", room.room)))),
                limit(of.low),
                limit(of.high),
                number(of.least),
                number(of.most),
                text(unit(of.quantity)),
                number(of.beyond_min),
            ]
        })
    });
    Table { caption: pen.say(("What was measured", "测量情况")), columns, rows: rows.collect() }
}

fn how_they_were(pen: &Pen<'_>, of: &[RoomFigures]) -> Chart {
    let seen: Vec<&RoomFigures> = of.iter().filter(|room| room.looked_at_min.is_some()).collect();
    let series = |name, look, value: fn(&RoomFigures) -> Option<f64>| Series {
        name: pen.say(name),
        look,
        values: seen.iter().map(|room| value(room).unwrap_or_default()).collect(),
    };
    Chart {
        caption: pen.say(("How the rooms were", "房间状况")),
        unit: pen.say(MIN),
        upright: false,
        items: seen.iter().map(|room| room.room.to_string()).collect(),
        series: vec![
            series(("comfortable", "舒适"), Look::Plain, |room| room.comfortable_min),
            series(("beyond a limit", "超限"), Look::Amber, |room| room.uncomfortable_min),
            series(("no data", "无数据"), Look::Hollow, |room| room.no_data_min),
        ],
    }
}
