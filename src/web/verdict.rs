//! The answer to a scan as a kiosk gets it, over HTTP as over MQTT. Pure.

use serde::Serialize;
use utoipa::ToSchema;

use crate::facts::plan::{Person, Tier};
use crate::facts::{Name, Ruling, Scan, Timestamp, Verdict};

/// What a kiosk shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerdictAnswer<'a> {
    /// The kiosk's own id of the scan.
    #[schema(value_type = String)]
    pub scan_id: &'a Name,
    /// The answer.
    pub verdict: Verdict,
    /// Who it is; none for a code that is not in the plan.
    pub guest: Option<GuestCard<'a>>,
    /// How late the guest is, seconds; 0 when in time or not expected.
    pub late_by_s: i64,
    /// The time that punctuality was judged by.
    pub at: Timestamp,
}

/// Who stands at the kiosk, as far as the plan still says it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestCard<'a> {
    /// Full name.
    pub name: Option<&'a str>,
    /// Rank.
    pub tier: Tier,
    /// What the kiosk says.
    pub greeting: Option<&'a str>,
    /// Special needs and preferences.
    pub needs: &'a [String],
    /// Where the guest is expected.
    #[schema(value_type = Option<String>)]
    pub place: Option<&'a Name>,
    /// Who receives the guest.
    pub host: Option<&'a str>,
}

/// What a kiosk shows after `scan` was ruled on. `person` and `place` are what the plan says of the code; without
/// `tier` the code is not in the plan, and nobody is named.
pub fn verdict<'a>(
    scan: &'a Scan,
    ruling: &Ruling,
    person: Option<&'a Person>,
    tier: Option<Tier>,
    place: Option<&'a Name>,
) -> VerdictAnswer<'a> {
    let guest = tier.map(|tier| GuestCard {
        name: person.and_then(|p| p.name.as_deref()),
        tier,
        greeting: person.and_then(|p| p.greeting.as_deref()),
        needs: person.map_or(&[], |p| &p.needs),
        place,
        host: person.and_then(|p| p.host.as_deref()),
    });
    VerdictAnswer {
        scan_id: &scan.scan_id,
        verdict: ruling.verdict,
        guest,
        late_by_s: ruling.late_by_s,
        at: ruling.judged_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(person: Option<&Person>, tier: Option<Tier>, verdict: Verdict, want: &str) {
        let scan: Scan = serde_json::from_str(r#"{"scan_id":"K-1","code":"G-1","kiosk":"K"}"#).unwrap();
        let judged_at = Timestamp::from_millis(1_795_400_240_412);
        let ruling = Ruling { verdict, late_by_s: 61, judged_at };
        let place: Name = "lobby".parse().unwrap();
        let answer = super::verdict(&scan, &ruling, person, tier, Some(&place));
        assert_eq!(serde_json::to_string(&answer).unwrap(), want);
    }

    #[test]
    fn a_kiosk_is_told_who_and_what_as_the_contract_says() {
        let person: Person =
            serde_json::from_str(r#"{"name":"王芳","greeting":"欢迎","needs":["wheelchair"],"host":"李娜"}"#).unwrap();
        check(
            Some(&person),
            Some(Tier::Vip),
            Verdict::Admit,
            concat!(
                r#"{"scan_id":"K-1","verdict":"admit","guest":{"name":"王芳","tier":"vip","greeting":"欢迎","#,
                r#""needs":["wheelchair"],"place":"lobby","host":"李娜"},"late_by_s":61,"at":"2026-11-23T02:17:20.412Z"}"#
            ),
        );
        check(
            None,
            Some(Tier::Guest),
            Verdict::AlreadyIn,
            concat!(
                r#"{"scan_id":"K-1","verdict":"already_in","guest":{"name":null,"tier":"guest","greeting":null,"#,
                r#""needs":[],"place":"lobby","host":null},"late_by_s":61,"at":"2026-11-23T02:17:20.412Z"}"#
            ),
        );
        let stranger =
            r#"{"scan_id":"K-1","verdict":"not_found","guest":null,"late_by_s":61,"at":"2026-11-23T02:17:20.412Z"}"#;
        check(Some(&person), None, Verdict::NotFound, stranger);
    }
}
