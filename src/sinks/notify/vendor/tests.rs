//! Shapes as the vendors' documents show them, their test vectors, and their refusals.

use super::*;
use crate::sinks::notify::words::Text;

const SECRET: &str = "SECtest-not-real";

fn text(lines: usize) -> Text {
    let line = "宴会厅温度过高：27.6 °C".to_owned();
    Text { title: "[国宾馆] 2 项告警".to_owned(), lines: vec![line; lines] }
}

fn request(vendor: &Vendor, url: &str, secret: Option<&str>, text: &Text) -> Request {
    let now = Timestamp::from_millis(1_795_400_240_000);
    let mobiles = ["13800000000".to_owned()];
    let letter = Letter { site: "venue", notifier: "ops", key: "e1-5-9", text, news: None, mobiles: &mobiles, now };
    vendor.request(&url.parse().unwrap(), secret, &letter)
}

#[test]
fn signatures_are_those_of_the_vendors_examples() {
    let ding =
        request(&Vendor::Dingtalk, "https://oapi.dingtalk.com/robot/send?access_token=t", Some(SECRET), &text(1));
    assert_eq!(
        ding.url.as_str(),
        "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1795400240000\
         &sign=%2FHXPYOCl0o%2FH4CzAszexq8ZimtdAEeIPC2pZl2z2xjU%3D"
    );
    let feishu = request(&Vendor::Feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/x", Some(SECRET), &text(1));
    assert_eq!(feishu.body["timestamp"], "1795400240");
    assert_eq!(feishu.body["sign"], "RDx+6BIHIG2AQj51/QTtyqJcWy2FizRGjdEXDXTyuQg=");
    assert_eq!(feishu.body["content"]["text"], "[国宾馆] 2 项告警\n宴会厅温度过高：27.6 °C");
}

#[test]
fn each_text_fits_its_vendor_and_is_cut_at_a_line() {
    for (vendor, most, place) in [
        (Vendor::Wecom, 2_048, "/text/content"),
        (Vendor::Dingtalk, 18_000, "/text/content"),
        (Vendor::Feishu, 18_000, "/content/text"),
        (Vendor::Ntfy { topic: "ops".to_owned() }, 4_096, "/message"),
    ] {
        let long = request(&vendor, "https://host/", None, &text(2_000));
        let said = long.body.pointer(place).and_then(Value::as_str).unwrap();
        assert!(said.len() <= most && said.len() > most / 2, "{vendor:?}: {}", said.len());
        assert!(said.ends_with("27.6 °C\n…"), "{vendor:?}");
    }
}

#[test]
fn a_trial_calls_nobody_and_a_webhook_says_who_it_is() {
    let wecom = request(&Vendor::Wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", None, &text(0));
    assert_eq!(wecom.body["text"]["mentioned_mobile_list"], serde_json::json!([]));
    let webhook = request(&Vendor::Webhook, "http://host/in", Some("t0ken"), &text(1));
    assert_eq!(webhook.body["version"], "4");
    let headers = [("idempotency-key", "\"e1-5-9\"".to_owned()), ("authorization", "Bearer t0ken".to_owned())];
    assert_eq!(webhook.headers, headers);
}

#[test]
fn the_body_counts_where_the_status_is_always_200() {
    let word = |answer: Answer| match answer {
        Answer::Accepted => "accepted",
        Answer::Busy(..) => "busy",
        Answer::Denied(_) => "denied",
        Answer::Refused(_) => "refused",
        Answer::Failed(..) => "failed",
        Answer::TooLarge(_) | Answer::Late(_) | Answer::Unreachable(_) => "other",
    };
    let ok = StatusCode::OK;
    for (vendor, status, body, means) in [
        (Vendor::Dingtalk, ok, r#"{"errcode":0,"errmsg":"ok"}"#, "accepted"),
        (Vendor::Dingtalk, ok, r#"{"errcode":310000,"errmsg":"sign not match"}"#, "denied"),
        (Vendor::Dingtalk, ok, r#"{"errcode":130101,"errmsg":"send too fast"}"#, "busy"),
        (Vendor::Dingtalk, ok, "<html>login</html>", "failed"),
        (Vendor::Wecom, ok, r#"{"errcode":0,"errmsg":"ok"}"#, "accepted"),
        (Vendor::Wecom, ok, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, "denied"),
        (Vendor::Wecom, ok, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#, "busy"),
        (Vendor::Wecom, ok, r#"{"errcode":40058,"errmsg":"content exceed max length"}"#, "refused"),
        (Vendor::Feishu, ok, r#"{"code":0,"msg":"success","data":{}}"#, "accepted"),
        (Vendor::Feishu, ok, r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}"#, "denied"),
        (Vendor::Feishu, StatusCode::BAD_REQUEST, r#"{"code":9499,"msg":"Bad Request"}"#, "refused"),
        (Vendor::Feishu, ok, r#"{"code":11232,"msg":"frequency limited"}"#, "busy"),
        (Vendor::Webhook, StatusCode::NO_CONTENT, "", "accepted"),
        (Vendor::Webhook, StatusCode::BAD_GATEWAY, "", "failed"),
        (Vendor::Webhook, StatusCode::UNAUTHORIZED, "", "denied"),
        (Vendor::Webhook, StatusCode::FOUND, "", "denied"),
        (Vendor::Ntfy { topic: "t".to_owned() }, StatusCode::TOO_MANY_REQUESTS, "", "busy"),
    ] {
        assert_eq!(word(vendor.judge(status, body)), means, "{vendor:?} {status} {body}");
    }
}
