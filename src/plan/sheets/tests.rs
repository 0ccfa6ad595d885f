//! Workbooks made by a writer of its own, held against the same plan in CSV and JSON, and workbooks made to do harm.

use std::io::Cursor;
use std::path::Path;

use jiff::civil::date;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::document::Fault;
use crate::facts::plan::Plan;

fn load(name: &str, bytes: &[u8]) -> Result<Plan, Vec<Fault>> {
    crate::plan::load(Path::new(name), bytes, &TimeZone::get("Asia/Shanghai").unwrap(), date(2026, 11, 23))
}

fn told(bytes: &[u8]) -> Vec<String> {
    let faults = load("plan.xlsx", bytes).expect_err("this is not a plan");
    faults.iter().map(|fault| format!("{} {}: {}", fault.location(), fault.excerpt, fault.what)).collect()
}

/// Sheets of texts; a cell `=…` is a formula, and rows that are empty are left out of the file.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Workbook {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        for (row, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells).filter(|(_, cell)| !cell.is_empty()) {
                if let Ok(number) = cell.parse::<f64>() {
                    sheet.write(row, column, number).unwrap();
                } else if cell.starts_with('=') {
                    sheet.write(row, column, Formula::new(*cell).set_result("#REF!")).unwrap();
                } else {
                    sheet.write(row, column, *cell).unwrap();
                }
            }
        }
    }
    workbook
}

fn bytes(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    workbook(sheets).save_to_buffer().unwrap()
}

#[test]
fn one_sheet_of_guests_is_the_same_plan_as_in_csv() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("下拉").unwrap().set_hidden(true).write(0, 0, "贵宾").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_active(true);
    for (column, name) in (0..).zip(["编号", "姓名", "级别", "预计到达", "特殊需求", "取消", "#备注"])
    {
        sheet.write(0, column, name).unwrap();
    }
    let format = |text: &str| Format::new().set_num_format(text);
    let moment = |text: &str| ExcelDateTime::parse_from_str(text).unwrap();
    sheet.write(1, 0, 1042).unwrap().write(1, 1, "王芳").unwrap().write(1, 2, "贵宾").unwrap();
    let full = format("yyyy\"年\"m\"月\"d\"日\" hh:mm");
    sheet.write_with_format(1, 3, moment("2026-11-23T14:30:00"), &full).unwrap().write(1, 4, "轮椅；茶").unwrap();
    sheet.write(3, 0, "G-2").unwrap().write_with_format(3, 3, moment("10:00:00"), &format("h:mm")).unwrap();
    sheet.write(3, 5, true).unwrap().write(3, 6, 0.5).unwrap();
    let day = format("yyyy-mm-dd");
    sheet.write(4, 0, 100_234_567_890_123_f64).unwrap();
    sheet.write_with_format(4, 3, moment("2026-11-24"), &day).unwrap();
    sheet.write(5, 0, "G-4").unwrap().write(5, 3, "2026/11/23 9：05").unwrap();
    let csv = "编号,姓名,级别,预计到达,特殊需求,取消\n\
               1042,王芳,贵宾,2026-11-23 14:30,轮椅；茶,\n\
               G-2,,,10:00,,是\n\
               100234567890123,,,2026-11-24,,\n\
               G-4,,,2026-11-23 09:05,,\n";
    let plan = load("plan.xlsx", &book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(plan, load("plan.csv", csv.as_bytes()).unwrap());
    assert_eq!(plan.visits.len(), 4);
}

#[test]
fn several_sheets_are_the_same_plan_as_in_json() {
    let book = bytes(&[
        ("#说明", &[&["请勿改动"]]),
        ("来宾", &[&["编号", "姓名", "级别", "预计到达", "车辆"], &["1042", "王芳", "VIP", "14:30", "7"], &["G-2"]]),
        ("车辆", &[&["编号", "名称", "车牌", "停用"], &["7", "一号车", "沪A00001"], &["8", "", "", "是"]]),
        ("行程", &[&["编号", "车辆", "来宾", "接人时间"], &["T1", "7", "1042、G-2", "2026-11-23 13:00"]]),
        (
            "房间",
            &[
                &["编号", "名称", "容量", "温度下限", "温度上限", "二氧化碳上限"],
                &["hall", "大厅", "40", "18.5", "26", "1000"],
            ],
        ),
        ("预订", &[&["房间", "用途", "开始", "结束"], &["hall", "签约", "14:00", "16:00"]]),
        ("岗位", &[&["编号", "人员", "地点", "开始", "结束"], &["P1", "S-1", "hall", "13:00", "18:00"]]),
        ("Kiosks", &[&["id", "point"], &["K01", "north"]]),
    ]);
    let json = r#"{
        "guests": [{"code":"1042","name":"王芳","tier":"vip"}, {"code":"G-2"}],
        "visits": [{"code":"1042","expected_at":"14:30","vehicle":"7"}, {"code":"G-2"}],
        "vehicles": [{"id":"7","name":"一号车","plate":"沪A00001"}, {"id":"8","off_duty":true}],
        "trips": [{"id":"T1","vehicle":"7","guests":["1042","G-2"],"pickup_at":"13:00"}],
        "rooms": [{"id":"hall","name":"大厅","capacity":40,"temperature":{"low":18.5,"high":26},"co2":{"high":1000}}],
        "bookings": [{"room":"hall","title":"签约","from":"14:00","to":"16:00"}],
        "posts": [{"id":"P1","staff":"S-1","place":"hall","from":"13:00","to":"18:00"}],
        "kiosks": [{"id":"K01","point":"north"}]
    }"#;
    assert_eq!(load("plan.csv", &book).unwrap(), load("plan.json", json.as_bytes()).unwrap());
}

#[test]
fn every_fault_names_its_sheet_and_cell() {
    let mut book = workbook(&[
        (
            "来宾",
            &[
                &["编号", "级别", "预计到达", "车辆"],
                &["G-1", "boss", "25:00", "car-9"],
                &["", "", "=A1", ""],
                &["G-3"],
            ],
        ),
        ("Trips", &[&["id", "vehicle", "guests"], &["T1", "car-1", "G-1; G-7"], &["T2"], &[], &["T1", "car-1"]]),
        ("车辆", &[&["编号", "停用", "颜色"], &["car-1", "maybe", "red"]]),
        ("rooms", &[&["id", "capacity"], &["hall", "many"], &["lobby", "0"], &["bar", "4", "by the door"]]),
        ("预定", &[&["房间"]]),
        ("岗位", &[&["编号"], &["P1"]]),
        ("posts", &[&["id"]]),
    ]);
    book.add_worksheet().set_name("kiosks").unwrap().set_hidden(true).write(0, 0, "id").unwrap();
    let told = told(&book.save_to_buffer().unwrap());
    for want in [
        "plan.xlsx:来宾!B2 级别 = \"boss\": \"boss\" is not a tier we know",
        "plan.xlsx:来宾!C2 预计到达 = \"25:00\": \"25:00\" is not a time",
        "plan.xlsx:来宾!D2 车辆 = \"car-9\": vehicle \"car-9\" is not in the plan",
        "plan.xlsx:来宾!C3 #REF!: the cell shows the error #REF!",
        "plan.xlsx:Trips!C2 guests = \"G-7\": guest \"G-7\" is not in the plan",
        "plan.xlsx:Trips!A3 : \"vehicle\" is missing",
        "plan.xlsx:Trips!A5 id = \"T1\": \"T1\" is here for the second time",
        "plan.xlsx:车辆!C1 \"颜色\": unknown column \"颜色\"",
        "plan.xlsx:车辆!B2 off_duty = \"maybe\": \"off_duty\" is a text; it should be true or false",
        "plan.xlsx:rooms!B2 capacity = \"many\": \"capacity\" is a text; it should be a number",
        "plan.xlsx:rooms!B3 capacity = 0: \"capacity\" is 0, out of range",
        "plan.xlsx:rooms!C4 \"by the door\": this cell is in a column without a name",
        "plan.xlsx:预定 : unknown sheet \"预定\"",
        "plan.xlsx:岗位!A1 \"编号\": there is no column \"from\" (开始)",
        "plan.xlsx:岗位!A1 \"编号\": there is no column \"to\" (结束)",
        "plan.xlsx:posts : this sheet is here twice",
        "plan.xlsx:kiosks : this sheet is hidden, so nobody sees what it plans",
    ] {
        assert!(told.iter().any(|told| told == want), "missing: {want}\n{}", told.join("\n"));
    }
    assert_eq!(told.len(), 17, "{}", told.join("\n"));
}

#[test]
fn an_empty_or_hidden_workbook_is_refused() {
    let nothing = "plan.xlsx : the workbook has no visible sheet with anything in it";
    assert_eq!(told(&bytes(&[("Sheet1", &[])])), [nothing]);
    assert!(told(b"PK\x03\x04 and then nothing")[0].starts_with("plan.xlsx : this is no Excel workbook"));
    assert!(told(&[0xD0, 0xCF, 0x11, 0xE0, 0, 0])[0].contains("an old Excel workbook (XLS), or one with a password"));
}

const SHEET_XML: &str = "xl/worksheets/sheet1.xml";

/// The workbook with one part put in the place of another.
fn with_part(book: &[u8], part: &str, content: &mut dyn std::io::Read) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut old = from.by_index(at).unwrap();
        let name = old.name().unwrap().into_owned();
        to.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        if name == part {
            std::io::copy(content, &mut to).unwrap();
        } else {
            std::io::copy(&mut old, &mut to).unwrap();
        }
    }
    to.finish().unwrap().into_inner()
}

fn with_sheet(cells: &str) -> Vec<u8> {
    let xml = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    with_part(&bytes(&[("来宾", &[&["编号"]])]), SHEET_XML, &mut xml.as_bytes())
}

#[test]
fn a_formula_without_its_result_is_no_empty_cell() {
    let row = |formula: &str| {
        with_sheet(&format!(
            "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>code</v></c><c r=\"B1\" t=\"str\"><v>name</v></c></row>\
             <row r=\"2\"><c r=\"A2\" t=\"str\"><v>G-1</v></c><c r=\"B2\"{formula}</c></row>"
        ))
    };
    let what = "plan.xlsx:来宾!B2 : the cell holds a formula whose result was not saved";
    for unsaved in ["><f>A2</f>", "><f>A2</f><v></v>", "><f>A2</f><v/>"] {
        assert_eq!(told(&row(unsaved)), [what], "{unsaved}");
    }
    // Its result is that there is nothing.
    let plan = load("plan.xlsx", &row(" t=\"str\"><f>IF(A2=\"\",1,\"\")</f><v></v>")).unwrap();
    assert_eq!((plan.visits.len(), plan.people.guests.values().next().unwrap().name.as_ref()), (1, None));
}

#[test]
fn what_is_made_to_do_harm_is_refused_before_it_does() {
    let book = bytes(&[("来宾", &[&["编号"], &["G-1"]])]);
    let bomb = with_part(&book, SHEET_XML, &mut std::io::Read::take(std::io::repeat(b' '), 80 << 20));
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    assert_eq!(told(&bomb), ["plan.xlsx : the workbook unpacks to more than 64 MiB"]);
    let texts = |count: &str| {
        let xml = format!("<sst uniqueCount=\"{count}\"><si><t>编号</t></si></sst>");
        with_part(&book, "xl/sharedStrings.xml", &mut xml.as_bytes())
    };
    assert!(told(&texts("99999999999999999"))[0].contains("it counts more texts than it holds"));
    let far = with_sheet(
        "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>code</v></c></row><row><c r=\"XFD1048576\"><v>1</v></c></row>",
    );
    assert!(
        told(&far)[0].starts_with("plan.xlsx:来宾!XFD1048576 : there are more than 40000 rows"),
        "{:?}",
        told(&far)
    );
    for cell in ["r=\"ZZZZZZZZZZZZ1\"", "r='A99999999999999999999'", "r = \"AinlineStr\""] {
        let told = told(&with_sheet(&format!("<row><c {cell}><v>77</v></c></row>")));
        assert!(told[0].contains("which is no place in a sheet"), "{cell}: {told:?}");
    }
    for cell in ["r=\"\"", "r=\"A0\"", "r=\"A1\" t=\"s\"", "r=\"A1\" t=\"q\""] {
        let told = told(&with_sheet(&format!("<row><c {cell}><v>77</v></c></row>")));
        assert!(
            told[0].contains("damaged") || told[0].contains("more than 40000 rows") || told[0].contains("none of"),
            "{cell}: {told:?}"
        );
    }
}

#[test]
fn no_spoilt_byte_makes_it_panic() {
    let book = bytes(&[("guests", &[&["code", "name"], &["G-1", "Ada"]]), ("rooms", &[&["id"], &["hall"]])]);
    // Stored, so that what is spoilt is the workbook's own text and not its packing.
    let mut from = zip::ZipArchive::new(Cursor::new(&book)).unwrap();
    let mut refused = 0;
    for at in 0..from.len() {
        let (name, mut content) = (from.by_index(at).unwrap().name().unwrap().into_owned(), Vec::new());
        std::io::copy(&mut from.by_index(at).unwrap(), &mut content).unwrap();
        for spot in (0..content.len()).step_by(31) {
            let mut spoilt = content.clone();
            spoilt[spot] ^= 0x15;
            refused += usize::from(load("plan.xlsx", &with_part(&book, &name, &mut spoilt.as_slice())).is_err());
        }
    }
    for cut in (4..book.len()).step_by(97) {
        refused += usize::from(load("plan.xlsx", &book[..cut]).is_err());
    }
    assert!(refused > 30, "{refused} refused");
}
