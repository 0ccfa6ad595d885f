use super::*;

/// 2026-11-23T02:17:20.412Z
const NOW: Timestamp = Timestamp::from_millis(1_795_400_240_412);

fn told(topic: &str, payload: &[u8]) -> Result<Told, Reason> {
    decode(&Native::parse(topic)?, payload, NOW)
}

/// Device, time, body and refused values of the one fact told; or the reason.
fn read(topic: &str, payload: &str) -> String {
    match told(topic, payload.as_bytes()) {
        Err(reason) => format!("refused: {reason}"),
        Ok(told) => {
            let heard = &told.heard[0];
            let mut body = Vec::new();
            heard.fact.write_body(&mut body).unwrap();
            let at = heard.observed_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
            let fact = format!("{} {at} {}", heard.device, String::from_utf8(body).unwrap());
            told.refused.iter().fold(fact, |text, refused| text + " | " + &refused.to_string())
        }
    }
}

fn check(topic: &str, cases: &[(&str, &str)]) {
    for (payload, want) in cases {
        assert_eq!(read(topic, payload), *want, "{payload}");
    }
}

#[test]
fn scans() {
    check(
        "reception/v1/kiosk/K03/scan",
        &[
            (
                r#"{"scan_id":"K03-000512","code":" G-1042\r\n","at":"2026-11-23T10:17:20.412+08:00","direction":"exit","point":"main-door","method":"qr","duration_s":41.9,"firmware":{"v":[1]}}"#,
                r#"kiosk/K03 2026-11-23T02:17:20.412Z {"scan_id":"K03-000512","code":"G-1042","kiosk":"K03","direction":"exit","point":"main-door","method":"qr","duration_s":41}"#,
            ),
            // The rules learn the kiosk's clock, so a wrong time is passed on.
            (
                r#"{"scan_id":"1","code":"贵宾-1","at":"1970-01-01T00:00:07Z"}"#,
                r#"kiosk/K03 1970-01-01T00:00:07.000Z {"scan_id":"1","code":"贵宾-1","kiosk":"K03","direction":"entry"}"#,
            ),
            (
                r#"{"scan_id":"1","code":"G\u002d1","at":"","direction":null,"point":"","method":null,"duration_s":null}"#,
                r#"kiosk/K03 - {"scan_id":"1","code":"G-1","kiosk":"K03","direction":"entry"}"#,
            ),
            (r#"{"code":"G-1"}"#, "refused: $.scan_id is missing; it must hold the kiosk's own id of this scan"),
            (r#"{"scan_id":"1","code":null}"#, "refused: $.code is missing; it must hold the code that was read"),
            (r#"{"scan_id":"1","code":"\r\n "}"#, "refused: $.code: a name is empty; use 1 to 128 printable bytes"),
            (
                r#"{"scan_id":"1","code":"a\u0000b"}"#,
                "refused: $.code: a name holds a control character; use 1 to 128 printable bytes",
            ),
            (r#"{"scan_id":"1","code":"\ud800"}"#, "refused: $.code is a damaged text; it must hold a text"),
            (r#"{"scan_id":17,"code":"G-1"}"#, "refused: $.scan_id is a number; it must hold a text"),
            (
                r#"{"scan_id":"1","code":"G-1","direction":"in"}"#,
                "refused: $.direction is \"in\"; known are entry, exit",
            ),
            (
                r#"{"scan_id":"1","code":"G-1","at":"2026-11-23 10:17"}"#,
                "refused: $.at is \"2026-11-23 10:17\", which is no time with an offset; write it like 2026-11-23T02:17:20.412Z",
            ),
            (r#"{"scan_id":"1","code":"G-1","at":1795400240}"#, "refused: $.at is a number; it must hold a text"),
            (
                r#"{"scan_id":"1","code":"G-1","duration_s":"41"}"#,
                "refused: $.duration_s is a text; it must hold a number",
            ),
            (
                r#"{"scan_id":"1","code":"G-1","duration_s":-1}"#,
                "refused: $.duration_s is -1; it must be from 0 to 86400",
            ),
            (r#"["scan_id","code"]"#, "refused: $ is a list; it must hold an object {…}"),
            (
                "G-1042",
                "refused: not JSON at byte 0: expected value; compare the payload with the format configured for this topic",
            ),
            (
                r#"{"scan_id":"1","code":"G-1""#,
                "refused: not JSON at byte 26: EOF while parsing an object; compare the payload with the format configured for this topic",
            ),
        ],
    );
    let long = format!(r#"{{"scan_id":"1","code":"{}"}}"#, "x".repeat(129));
    assert_eq!(
        read("reception/v1/kiosk/K03/scan", &long),
        "refused: $.code: a name has 129 bytes; at most 128 are taken; use 1 to 128 printable bytes"
    );
    assert_eq!(told("reception/v1/kiosk/K03/scan", &vec![b'x'; 65_537]), Err(Reason::TooLong(65_537)));
    assert_eq!(told("reception/v1/kiosk/K03/scan", b"{\"code\":\"\xd5\xc5\"}"), Err(Reason::NotUtf8 { at: 9 }));
    assert_eq!(told("reception/v1/kiosk/K03/scan", b"\0"), Err(Reason::Empty));
}

#[test]
fn readings() {
    check(
        "reception/v1/room/lobby/sensor/t1",
        &[
            (
                r#"{"at":"2026-11-23T02:17:20.412Z","temperature":23.4,"humidity":48.2,"co2":871,"pm25":12,"tvoc":210,"occupancy":17,"battery":87,"rssi":-70}"#,
                r#"sensor/lobby/t1 2026-11-23T02:17:20.412Z {"room":"lobby","sensor":"t1","temperature":23.4,"humidity":48.2,"co2":871,"pm25":12,"tvoc":210,"occupancy":17,"battery":87}"#,
            ),
            (
                r#"{"at":"2026-11-23T02:07:20.411Z","temperature":"23.40","occupancy":true}"#,
                r#"sensor/lobby/t1 - {"room":"lobby","sensor":"t1","temperature":23.4,"occupancy":1}"#,
            ),
            (
                r#"{"temperature":nan,"co2":871,"humidity":327.67}"#,
                r#"sensor/lobby/t1 - {"room":"lobby","sensor":"t1","co2":871} | temperature at $.temperature: nan is not a number (sensor unplugged?) | humidity at $.humidity: 327.67 is the end of the register (no probe, or a bus fault)"#,
            ),
            (
                r#"{"temperature":-127}"#,
                "refused: every value was refused: temperature at $.temperature: -127 is what a probe gives that does not answer (cable, supply); check the sensor and its cable",
            ),
            (
                "{}",
                "refused: no measured value in it; expected at least one of temperature, humidity, co2, pm25, occupancy …",
            ),
            (
                r#"{"temperature":null}"#,
                "refused: no measured value in it; expected at least one of temperature, humidity, co2, pm25, occupancy …",
            ),
            ("23.4", "refused: $ is a number; it must hold an object {…}"),
        ],
    );
}

#[test]
fn positions() {
    check(
        "reception/v1/vehicle/car-1/position",
        &[
            (
                r#"{"at":"2026-11-23T02:17:20Z","lat":31.24303,"lon":121.47175,"speed_kmh":23.0,"course":360,"ignition":true}"#,
                r#"vehicle/car-1 2026-11-23T02:17:20.000Z {"lat":31.24303,"lon":121.47175,"speed_kmh":23,"course":0,"fix_at":"2026-11-23T02:17:20.000Z","ignition":true}"#,
            ),
            // The fix keeps its own time where we do not believe it.
            (
                r#"{"at":"2007-04-09T00:00:00Z","lat":-31.5,"lon":-0.0000001}"#,
                r#"vehicle/car-1 - {"lat":-31.5,"lon":-0.0000001,"speed_kmh":null,"course":null,"fix_at":"2007-04-09T00:00:00.000Z"}"#,
            ),
            (r#"{"lat":90.0000001,"lon":0}"#, "refused: $.lat is 90.0000001; it must be from -90 to 90"),
            (r#"{"lat":1,"lon":-180.5}"#, "refused: $.lon is -180.5; it must be from -180 to 180"),
            (r#"{"lat":1e99,"lon":1}"#, "refused: $.lat: 1e99 is out of range; write a plain decimal number"),
            (
                r#"{"lat":0,"lon":0.0}"#,
                "refused: $.lat and $.lon are both 0, which is what a receiver without a fix gives; send nothing until it has one",
            ),
            (r#"{"lat":31}"#, "refused: $.lon is missing; it must hold degrees"),
            (r#"{"lat":"31","lon":121}"#, "refused: $.lat is a text; it must hold a number"),
            (r#"{"lat":31,"lon":121,"speed_kmh":-3}"#, "refused: $.speed_kmh is -3; it must be from 0 to 1000"),
            (r#"{"lat":31,"lon":121,"course":361}"#, "refused: $.course is 361; it must be from 0 to 360"),
            (r#"{"lat":31,"lon":121,"ignition":"on"}"#, "refused: $.ignition is a text; it must hold true or false"),
        ],
    );
}

#[test]
fn buttons_and_status() {
    check(
        "reception/v1/room/lobby/button",
        &[
            (
                r#"{"at":"2026-11-23T02:17:20.412Z","incident":"medical"}"#,
                r#"room/lobby 2026-11-23T02:17:20.412Z {"room":"lobby","incident":"medical"}"#,
            ),
            ("{}", "refused: $.incident is missing; it must hold the kind, such as medical or security"),
        ],
    );
    check(
        "reception/v1/kiosk/K01/status",
        &[
            ("online", r#"kiosk/K01 - {"state":"online","reason":"says online"}"#),
            ("Offline\n", r#"kiosk/K01 - {"state":"offline","reason":"says Offline"}"#),
            (r#"{"state":"online"}"#, r#"kiosk/K01 - {"state":"online","reason":"says online"}"#),
            ("gone", "refused: the payload is \"gone\"; known are online, offline"),
            (r#"{"status":"online"}"#, "refused: $.state is missing; it must hold online or offline"),
        ],
    );
    check(
        "reception/v1/alert",
        &[(
            "{}",
            "refused: devices must not publish on a topic that the gateway publishes on; correct the device's topic",
        )],
    );
    check(
        "zigbee2mqtt/x",
        &[(
            "{}",
            "refused: the topic is not of the form reception/v1/…; correct `topic` or `format` of this [[sensor]]",
        )],
    );
}
