//! The answer to a scan as a kiosk gets it, over HTTP as over MQTT. Pure; here and not with either of them, because a
//! guest is greeted alike at every door.

use serde::Serialize;

use super::Directory;
use crate::facts::plan::Tier;
use crate::facts::{Name, Ruling, Scan, Timestamp, Verdict};

/// What a kiosk shows.
#[derive(Debug, Serialize)]
pub struct VerdictAnswer<'a> {
    /// The kiosk's own id of the scan.
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
#[derive(Debug, Serialize)]
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
    pub place: Option<&'a Name>,
    /// Who receives the guest.
    pub host: Option<&'a str>,
}

impl Directory {
    /// What a kiosk shows after `scan` was ruled on. A code that is not in the plan names nobody.
    pub fn answer<'a>(&'a self, scan: &'a Scan, ruling: &Ruling) -> VerdictAnswer<'a> {
        let person = self.person(&scan.code);
        let guest = self.tier(&scan.code).map(|tier| GuestCard {
            name: person.and_then(|p| p.name.as_deref()),
            tier,
            greeting: person.and_then(|p| p.greeting.as_deref()),
            needs: person.map_or(&[], |p| &p.needs),
            place: self.place(&scan.code),
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Verdict;
    use crate::facts::plan::{Plan, Visit};

    fn check(person: Option<&str>, planned: bool, verdict: Verdict, want: &str) {
        let scan: Scan = serde_json::from_str(r#"{"scan_id":"K-1","code":"G-1","kiosk":"K"}"#).unwrap();
        let judged_at = Timestamp::from_millis(1_795_400_240_412);
        let ruling = Ruling { verdict, late_by_s: 61, judged_at };
        let visit: Visit = serde_json::from_str(
            r#"{"code":"G-1","tier":"vip","expected_at":null,"day_from":"2026-11-22T16:00:00Z","day_to":"2026-11-23T16:00:00Z","place":"lobby"}"#,
        )
        .unwrap();
        let mut plan = Plan { visits: if planned { vec![visit] } else { Vec::new() }, ..Plan::default() };
        if let Some(person) = person {
            plan.people.guests.insert(scan.code.clone(), serde_json::from_str(person).unwrap());
        }
        let answer = serde_json::to_string(&Directory::of(&plan).answer(&scan, &ruling)).unwrap();
        assert_eq!(answer, want);
    }

    #[test]
    fn a_kiosk_is_told_who_and_what_as_the_contract_says() {
        check(
            Some(r#"{"name":"王芳","greeting":"欢迎","needs":["wheelchair"],"host":"李娜"}"#),
            true,
            Verdict::Admit,
            concat!(
                r#"{"scan_id":"K-1","verdict":"admit","guest":{"name":"王芳","tier":"vip","greeting":"欢迎","#,
                r#""needs":["wheelchair"],"place":"lobby","host":"李娜"},"late_by_s":61,"at":"2026-11-23T02:17:20.412Z"}"#
            ),
        );
        check(
            None,
            true,
            Verdict::AlreadyIn,
            concat!(
                r#"{"scan_id":"K-1","verdict":"already_in","guest":{"name":null,"tier":"vip","greeting":null,"#,
                r#""needs":[],"place":"lobby","host":null},"late_by_s":61,"at":"2026-11-23T02:17:20.412Z"}"#
            ),
        );
        let stranger =
            r#"{"scan_id":"K-1","verdict":"not_found","guest":null,"late_by_s":61,"at":"2026-11-23T02:17:20.412Z"}"#;
        check(Some(r#"{"name":"王芳"}"#), false, Verdict::NotFound, stranger);
    }
}
