use super::*;
use crate::devices::lines::LineBuffer;

fn frame(text: &str) -> Frame {
    let mut lines = LineBuffer::default();
    let mut frames = lines.push(format!("\n{text}\n").as_bytes());
    assert_eq!(frames.len(), 1, "{text}");
    frames.remove(0)
}

/// With its checksum put right.
fn summed(body: &str) -> String {
    format!("${body}*{:02X}", xor(body))
}

/// What a sentence says, in one line.
fn told(decoded: &Decoded) -> String {
    let sentence = match &decoded.sentence {
        Err(Refused::Damaged(damage)) => return format!("damaged: {damage}"),
        Err(Refused::NotUnderstood(_)) => return "not understood".into(),
        Err(Refused::NotForUs) => return "not for us".into(),
        Ok(sentence) => sentence,
    };
    let says = &sentence.says;
    let mut out = format!("{:?}", sentence.standing);
    let mut put = |text: String| out = format!("{out} {text}");
    if let Some(time) = sentence.time {
        put(format!("@{}", time.since_midnight().as_millis()));
    }
    if let Some(day) = says.day {
        put(day.midnight().to_string()[..10].into());
    }
    if let Some(place) = says.place {
        put(format!("{},{}", place.lat, place.lon));
    }
    for (name, value) in [("kmh", says.speed_kmh), ("course", says.course), ("hdop", says.hdop)] {
        if let Some(value) = value {
            put(format!("{name}={value}"));
        }
    }
    if let Some(satellites) = says.satellites {
        put(format!("sats={satellites}"));
    }
    if let Some(unit) = &sentence.unit {
        put(format!("unit={unit}"));
    }
    out
}

fn check(line: &str, want: &str) {
    assert_eq!(told(&decode(&frame(line), Checksum::Required)), want, "{line}");
}

fn check_body(body: &str, want: &str) {
    check(&summed(body), want);
}

#[test]
fn each_kind_says_what_it_says() {
    let rmc = "Fixed @8240000 2026-11-23 31.2430333,121.4717517 kmh=22.965 course=87";
    check(
        "$GNRMC,021720.00,A,3114.58204,N,12128.30512,E,12.40,87.0,231126,5.2,W,D,V*7B",
        "Fixed @8240000 2026-11-23 31.243034,121.471752 kmh=22.965 course=87",
    );
    check("$GPRMC,021720.00,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A*52", rmc);
    check("$GPRMC,021721.00,V,,,,,,,231126,,,N,V*05", "Void @8241000 2026-11-23");
    check(
        "$GPGGA,021720.00,3114.5820,N,12128.3051,E,1,09,0.9,6.2,M,8.1,M,,*50",
        "Fixed @8240000 31.2430333,121.4717517 hdop=0.9 sats=9",
    );
    check(
        "$GNGNS,021720.00,3114.58204,N,12128.30512,E,AANN,14,0.8,6.2,8.1,,,V*15",
        "Fixed @8240000 31.243034,121.471752 hdop=0.8 sats=14",
    );
    check("$GNGSA,A,3,05,12,18,24,25,29,,,,,,,1.6,0.9,1.3,1*38", "Untold hdop=0.9");
    check("$GPVTG,87.0,T,92.2,M,12.4,N,23.0,K,A*23", "Untold kmh=22.965 course=87");
    check("$GPZDA,021720.00,23,11,2026,00,00*67", "Untold @8240000 2026-11-23");
    check("$GPGLL,3114.5820,N,12128.3051,E,021720.00,A,A*68", "Fixed @8240000 31.2430333,121.4717517");
    check("$GPGSV,1,1,04,05,61,120,42,12,33,210,38,18,20,045,30,29,11,300,,1*6D", "not for us");
    // Older and odder forms: no mode, no leading zeros, another talker, five constellations.
    check_body(
        "INRMC,194101,A,4426.1130,N,07140.5596,W,5.2,77.3,160906,15.8,W",
        "Fixed @70861000 2006-09-16 44.4352167,-71.6759933 kmh=9.63 course=77.3",
    );
    check_body("GPGLL,4527.458,S,16709.165,E,225309,A", "Fixed @82389000 -45.4576333,167.15275");
    check_body(
        "GNGNS,191503.01,3645.876321,N,03124.670278,E,AAANN,10,1.2,42.2,27.0,,",
        "Fixed @69303010 36.7646054,31.4111713 hdop=1.2 sats=10",
    );
    check_body("GPGNS,235647.00,,,,,A,09,,,,1.0,0000", "Untold @86207000");
    check_body(
        "PQRMC,000000,A,100.5,N,00100.5,W,0,360,010100,,",
        "Fixed @0 2000-01-01 1.0083333,-1.0083333 kmh=0 course=0",
    );
}

#[test]
fn kenwood_tells_the_unit() {
    let place = "31.2430333,121.4717517";
    check_body("PKLSH,3114.5820,N,12128.3051,E,021720,A,100,2001,", &format!("Fixed @8240000 {place} unit=100-2001"));
    check_body("PKNSH,3114.5820,N,12128.3051,E,021720,A,U00207,", &format!("Fixed @8240000 {place} unit=U00207"));
    let full = format!("Fixed @8240000 2026-11-23 {place} kmh=22.965 course=87");
    let fields = "021720,A,3114.5820,N,12128.3051,E,012.4,087.0,231126,05.20,W00";
    check_body(&format!("PKLDS,{fields},100,2001,15,00,"), &format!("{full} unit=100-2001"));
    check_body(&format!("PKNDS,{fields},U00207,207,00,"), &format!("{full} unit=U00207"));
    check_body("PKLID,00,100,2001,15,00,", "Untold unit=100-2001");
    check_body("PKNID,00,U00207,207,00,", "Untold unit=U00207");
    check_body("PKNDS,021720,V,3851.3330,N,09447.9417,W,,,231126,,00,U1,207,00,", "Void @8240000 2026-11-23 unit=U1");
    check_body("PKNDS,021720,A,3851.3330,N,,,,,231126,,00,U1,207,00,", "damaged: the longitude cannot be \",\"");
    check_body("PKNSH,3114.5820,N,12128.3051,E,021720,A,,", "damaged: the unit's name cannot be \"\"");
    check_body("PKWDWPL,150803,V,4237.14,N,07120.83,W,,,190316,,test,5,/'", "not for us");
}

#[test]
fn a_sentence_may_name_the_vehicle_of_those_after_it() {
    check_body("GPSTN,VIP-03", "Untold unit=VIP-03");
    check_body("PGID,358000000000001", "Untold unit=358000000000001");
    check_body("PCPTI,VIP-03,021720,021720.00,50", "Untold unit=VIP-03");
    for (line, prefix) in [
        ("358001,$GPGSV,1*2A", Some("358001")),
        ("4711/358001/$GPGSV,1*2A", Some("358001")),
        ("00001$GPGSV,1*2A", None),
        (",20,10,090,$GPGSV,1*2A", None),
        ("1,$GPGSV,1*2A", None),
    ] {
        assert_eq!(decode(&frame(line), Checksum::Required).prefix.as_ref().map(Name::as_str), prefix, "{line}");
    }
}

#[test]
fn a_void_fix_is_never_a_position() {
    let place = "3114.5820,N,12128.3051,E";
    for body in [
        format!("GPRMC,021720,V,{place},12.4,87.0,231126,,,A"),
        format!("GPRMC,021720,A,{place},12.4,87.0,231126,,,N"),
        format!("GPRMC,021720,A,{place},12.4,87.0,231126,,,S"),
        format!("GPRMC,021720,A,{place},12.4,87.0,231126,,,M"),
        format!("GPGGA,021720,{place},0,09,0.9,6.2,M,8.1,M,,"),
        format!("GPGGA,021720,{place},8,09,0.9,6.2,M,8.1,M,,"),
        format!("GPGGA,021720,{place},7,09,0.9,6.2,M,8.1,M,,"),
        format!("GNGNS,021720,{place},NNS,14,0.8,6.2,8.1,,,V"),
        format!("GPGLL,{place},021720,V,A"),
        format!("GPGLL,{place},021720,A,N"),
        "GPRMC,021720,A,0000.0000,N,00000.0000,E,12.4,87.0,231126,,,A".into(),
        "GPGGA,021720,,,,,1,09,0.9,6.2,M,8.1,M,,".into(),
        "GPRMC,24xxxx,V,9999.9,N,nan,E,inf,-1,000000,,,N".into(),
    ] {
        let decoded = decode(&frame(&summed(&body)), Checksum::Required);
        let sentence = decoded.sentence.unwrap_or_else(|refused| panic!("{body}: {refused}"));
        assert_eq!((sentence.standing, sentence.says.place), (Standing::Void, None), "{body}");
    }
    check_body("GPVTG,87.0,T,,M,12.4,N,23.0,K,N", "Untold");
    check_body("GPGSA,A,1,,,,,,,,,,,,,1.6,0.9,1.3", "Untold");
}

#[test]
fn impossible_fields_are_damage_even_under_a_right_checksum() {
    let rmc = |lat: &str, lon: &str, rest: &str| format!("GPRMC,021720,A,{lat},{lon},{rest}");
    let fine = "12.4,87.0,231126,,,A";
    for (body, want) in [
        (rmc("9959.9999,N", "12128.3051,E", fine), "the latitude cannot be \"9959.9999,N\""),
        (rmc("9000.0001,N", "12128.3051,E", fine), "the latitude cannot be \"9000.0001,N\""),
        (rmc("53nan,N", "12128.3051,E", fine), "the latitude cannot be \"53nan,N\""),
        (rmc("-114.5820,N", "12128.3051,E", fine), "the latitude cannot be \"-114.5820,N\""),
        (rmc("3160.0000,N", "12128.3051,E", fine), "the latitude cannot be \"3160.0000,N\""),
        (rmc("3114.5820,", "12128.3051,E", fine), "the latitude cannot be \"3114.5820,\""),
        (rmc("3114.5820,E", "12128.3051,N", fine), "the latitude cannot be \"3114.5820,E\""),
        (rmc("3114.58.20,N", "12128.3051,E", fine), "the latitude cannot be \"3114.58.20,N\""),
        (rmc("3114.5820,N", "18000.0001,E", fine), "the longitude cannot be \"18000.0001,E\""),
        (rmc("3114.5820,N", "212128.3051,E", fine), "the longitude cannot be \"212128.3051,E\""),
        (rmc("3114.5820,N", "12128.3051,E", "inf,87.0,231126,,,A"), "the speed cannot be \"inf\""),
        (rmc("3114.5820,N", "12128.3051,E", "1000,87.0,231126,,,A"), "the speed cannot be \"1000\""),
        (rmc("3114.5820,N", "12128.3051,E", "1e2,87.0,231126,,,A"), "the speed cannot be \"1e2\""),
        (rmc("3114.5820,N", "12128.3051,E", "1,360.1,231126,,,A"), "the course cannot be \"360.1\""),
        (rmc("3114.5820,N", "12128.3051,E", "1,87,231126,,,X"), "the mode cannot be \"X\""),
        ("GPRMC,246060,A,3114.5820,N,12128.3051,E,1,87,231126,,,A".into(), "the time cannot be \"246060\""),
        ("GPRMC,021760,A,3114.5820,N,12128.3051,E,1,87,231126,,,A".into(), "the time cannot be \"021760\""),
        ("GPRMC,021720,B,3114.5820,N,12128.3051,E,1,87,231126,,,A".into(), "the status cannot be \"B\""),
        ("GPRMC,021720,A,3114.5820,N".into(), "the number of fields cannot be \"4\""),
        ("GPGGA,021720,3114.5820,N,12128.3051,E,x,09,0.9,6.2,M,8.1,M,,".into(), "the quality cannot be \"x\""),
        (
            "GPGGA,021720,3114.5820,N,12128.3051,E,1,999,0.9,6.2,M,8.1,M,,".into(),
            "the number of satellites cannot be \"999\"",
        ),
        ("GNGNS,021720,3114.5820,N,12128.3051,E,A?,09,0.9,6.2,8.1,,".into(), "the modes cannot be \"A?\""),
    ] {
        check_body(&body, &format!("damaged: {want}"));
    }
    check_body("GPVTG,400.0,T,,M,12.4,N,23.0,K,A", "damaged: the course cannot be \"400\"");
    check_body("GPVTG,,T,,M,inf,N,23.0,K,A", "damaged: the speed cannot be \"inf\"");
    // The limits themselves, a leap second, and a date that is none.
    check_body(
        "GPRMC,235960.5,A,9000.0000,S,18000.0000,W,999,0,311299,,",
        "Fixed @86400500 1999-12-31 -90,-180 kmh=1850.148 course=0",
    );
    check_body(
        "GPRMC,000231.099,A,4829.0005,N,00022.0015,E,0.15,212.28,2208-1,,,A",
        "Fixed @151099 48.4833417,0.3666917 kmh=0.278 course=212.28",
    );
}

#[test]
fn minutes_become_ten_millionths_without_loss() {
    for (lat, want) in [
        ("0000.00000600,N", "0.0000001"),
        ("0000.00000299,N", "0"),
        ("0000.00000300,N", "0.0000001"),
        ("3114.5820,S", "-31.2430333"),
        ("3403.471624,N", "34.0578604"),
        ("5959.99999999,N", "60"),
        ("4808.99930000000001,N", "48.1499883"),
    ] {
        check_body(&format!("GPGLL,{lat},00100.0000,E,000000,A"), &format!("Fixed @0 {want},1"));
    }
    for (date, want) in
        [("311282", "2082-12-31"), ("010183", "1983-01-01"), ("290224", "2024-02-29"), ("290223", ""), ("3", "")]
    {
        let line = format!("GPRMC,000000,V,,,,,,,{date},,,N");
        check_body(&line, format!("Void @0 {want}").trim_end());
    }
}

#[test]
fn the_three_ways_to_refuse() {
    check("$GPGLL,3114.5820,N,12128.3051,E,021720.00,A,A*69", "damaged: the checksum is 69, but the bytes make 68");
    check(
        "$GPGLL,3114.5820,N,12128.3051,E,021720.00,A,A*6",
        "damaged: it is cut off: its checksum is not two hex digits",
    );
    check(
        "$GPGSV,3,2,11,25,32,097",
        "damaged: there is no checksum; where the device sends none, set checksum = \"if_present\" for the port",
    );
    check("$PASHR,MCA,abc", "not for us");
    check("!AIVDM,1,1,,B,13F?Vv700<DJuLEtvep`iToV0<00,0*78", "not for us");
    check("!AIVDM,1,1,,B,13F?Vv700<DJuLEtvep`iToV0<00,0*79", "damaged: the checksum is 79, but the bytes make 78");
    check_body("GPXYZ,1", "not understood");
    check_body("GPN,1", "not understood");
    check_body("GPGLL,3114.5820,N,12128.3051,E", "not understood");
    check_body("GPVTG,054.7,034.4,005.5,010.2", "not understood");
    check_body("PGRMC,A,A", "not for us");
    // Lower-case digits and fields behind the checksum, as some modems write them.
    check(
        "$GPGLL,4404.13387,N,12118.85628,W,000941.00,A,A*5b,11,358",
        "damaged: the checksum is 5B, but the bytes make 77",
    );
    check("$GPGLL,3114.5820,N,12128.3051,E,021720.00,A,A*68,11,358", "Fixed @8240000 31.2430333,121.4717517");
}

#[test]
fn a_missing_checksum_is_taken_only_where_the_port_says_so() {
    let body = "$GPGLL,3114.5820,N,12128.3051,E,021720.00,A,A";
    let taken = "Fixed @8240000 31.2430333,121.4717517";
    assert_eq!(told(&decode(&frame(body), Checksum::IfPresent)), taken);
    assert_eq!(
        told(&decode(&frame("$GPVTG,87.0,T,92.2,M,12.4,N,23.0,K,A"), Checksum::IfPresent)),
        "Untold kmh=22.965 course=87"
    );
    let mut lines = LineBuffer::default();
    for (bytes, why) in [
        (format!("{body}$GPGLL"), "another sentence begins in it"),
        (format!("\n{body}\0"), "it ends in a control character"),
        (format!("\n{body}{}", ",".repeat(300)), "no end within 256 bytes"),
    ] {
        let frame = lines.push(bytes.as_bytes()).remove(0);
        assert_eq!(told(&decode(&frame, Checksum::IfPresent)), format!("damaged: it is cut off: {why}"));
    }
    let wrong = decode(&frame(&format!("{body}*69")), Checksum::IfPresent);
    assert!(matches!(wrong.sentence, Err(Refused::Damaged(Damage::Checksum { told: 0x69, made: 0x68 }))));
}

#[test]
fn a_tag_block_is_read_by_its_own_checksum() {
    let sentence = "$GPRMC,021720.00,A,3114.5820,N,12128.3051,E,12.4,87.0,231126,,,A*52";
    let tagged = |tag: &str| decode(&frame(&format!("\\{tag}*{:02X}\\{sentence}", xor(tag))), Checksum::Required);
    let block = tagged("s:VIP03,c:1795400240,n:12").tag.unwrap();
    assert_eq!(block.source.unwrap().as_str(), "VIP03");
    assert_eq!((block.at.unwrap().to_string(), block.line), ("2026-11-23T02:17:20.000Z".into(), Some(12)));
    let block = tagged("g:1-2-7,s:VIP03,c:1795400240500,d:HQ,t:hello world,q:u").tag.unwrap();
    assert_eq!(block.group, Some(Group { line: 1, of: 2, id: 7 }));
    assert_eq!(block.at.unwrap().to_string(), "2026-11-23T02:17:20.500Z");
    assert_eq!((block.destination.unwrap().as_str(), block.text.as_deref()), ("HQ", Some("hello world")));
    assert!(tagged("g:1-2-7,c:-5,n:x").sentence.is_ok());

    let published = format!("\\s:VIP03,c:1795400240,n:12*03\\{sentence}");
    assert!(decode(&frame(&published), Checksum::Required).tag.is_some());
    let wrong = decode(&frame(&format!("\\s:VIP04,c:1795400240,n:12*03\\{sentence}")), Checksum::Required);
    assert_eq!(told(&wrong), "damaged: the TAG block before it is damaged: its checksum is wrong");
    assert_eq!(wrong.tag, None);
    let none = format!("\\s:VIP04\\{sentence}");
    assert!(decode(&frame(&none), Checksum::Required).sentence.is_err());
    assert!(decode(&frame(&none), Checksum::IfPresent).tag.is_some());
}
