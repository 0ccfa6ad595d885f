//! Guests' names for upstream, where they may go there: an event of its own for each guest, ahead of the first scan or
//! alert that is about them.
//!
//! Promises that no id ever stands for two contents, although names change and are erased: the id of such an event
//! holds a hash of its content and the number of the plan entry that the name came with, so another name is another
//! event, and an erased one is simply not sent again. The events of entries never hold a name: see `event`. Remembers
//! only who was introduced, for as long as the plan stands. Sends nothing.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::facts::plan::{People, Person};
use crate::facts::{Seq, Timestamp};

/// Who was introduced since the start, by the plan that holds. At most as many as the plan has guests.
#[derive(Debug, Default)]
pub(super) struct Introduced(Mutex<(Seq, HashSet<String>)>);

/// One guest, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Introduction {
    pub(super) code: String,
    pub(super) event: String,
}

/// The plan that names come with.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfPlan<'a> {
    pub(super) site: &'a str,
    pub(super) epoch: &'a str,
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
}

/// The field order is the order on the wire.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    time: Timestamp,
    subject: String,
    sequence: String,
    datacontenttype: &'static str,
    data: Told<'a>,
}

/// What upstream may learn of a guest. Needs and contacts are nobody's business there.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
}

impl Introduced {
    /// Those of `codes` who were not introduced by the plan `plan`.
    pub(super) fn strangers(&self, plan: Seq, codes: &BTreeSet<String>) -> Vec<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = |code: &&String| known.0 != plan || !known.1.contains(*code);
        codes.iter().filter(unknown).cloned().collect()
    }

    /// These are introduced now.
    pub(super) fn know(&self, plan: Seq, guests: &[Introduction]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != plan {
            *known = (plan, HashSet::new());
        }
        known.1.extend(guests.iter().map(|guest| guest.code.clone()));
    }
}

/// The events that introduce those of `codes` of whom there is something to tell.
pub(super) fn introduce(plan: OfPlan<'_>, codes: &[String], people: &People) -> Vec<Introduction> {
    let told = |code: &String| {
        let person = people.guests.get(code.as_str())?;
        let event = event(plan, code, person)?;
        Some(Introduction { code: code.clone(), event })
    };
    codes.iter().filter_map(told).collect()
}

/// How many of `guests`, at most `most`, make a batch of `bytes_max` or less; at least one.
pub(super) fn fitting(guests: &[Introduction], most: usize, bytes_max: usize) -> usize {
    let mut bytes = "[]".len();
    let fits = guests.iter().take(most).take_while(|guest| {
        bytes += guest.event.len() + ",".len();
        bytes <= bytes_max
    });
    fits.count().max(1)
}

fn event(plan: OfPlan<'_>, code: &str, person: &Person) -> Option<String> {
    let data = Told {
        name: person.name.as_deref(),
        organisation: person.organisation.as_deref(),
        host: person.host.as_deref(),
    };
    if data.name.is_none() && data.organisation.is_none() && data.host.is_none() {
        return None;
    }
    let OfPlan { site, epoch, seq, at } = plan;
    // Texts and numbers always can be written.
    let hash = blake3::hash(&serde_json::to_vec(&data).ok()?).to_hex();
    let hash = hash.get(..16).unwrap_or_default();
    serde_json::to_string(&Event {
        specversion: "1.0",
        id: format!("{site}/{epoch}/{seq}/{code}/{hash}"),
        source: format!("/portico/{site}"),
        kind: "portico.person.v1",
        time: at,
        subject: format!("guest/{code}"),
        sequence: format!("{seq:016}"),
        datacontenttype: "application/json",
        data,
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(name: Option<&str>) -> People {
        let mut people = People::default();
        let person = Person {
            name: name.map(str::to_owned),
            host_contact: Some("13800000000".to_owned()),
            needs: vec!["wheelchair".to_owned()],
            ..Person::default()
        };
        people.guests.insert("G-1".parse().unwrap(), person);
        people
    }

    fn introduced(seq: Seq, name: Option<&str>) -> Vec<String> {
        let plan = OfPlan { site: "venue-1", epoch: "k3x9", seq, at: Timestamp::from_millis(1_795_400_240_412) };
        let codes = ["G-1".to_owned(), "G-9".to_owned()];
        introduce(plan, &codes, &people(name)).into_iter().map(|guest| guest.event).collect()
    }

    #[test]
    fn a_guest_is_told_by_name_and_without_what_is_nobodys_business() {
        let [event] = &introduced(12, Some("Li \"Na\""))[..] else { panic!() };
        let (before, after) = event.split_once("/G-1/").unwrap();
        assert_eq!(before, r#"{"specversion":"1.0","id":"venue-1/k3x9/12"#);
        let (hash, after) = after.split_once('"').unwrap();
        assert_eq!(hash.len(), 16);
        let want = concat!(
            r#","source":"/portico/venue-1","type":"portico.person.v1","time":"2026-11-23T02:17:20.412Z","#,
            r#""subject":"guest/G-1","sequence":"0000000000000012","datacontenttype":"application/json","#,
            r#""data":{"name":"Li \"Na\""}}"#
        );
        assert_eq!(after, want);
        assert!(introduced(12, None).is_empty(), "of an erased guest there is nothing to tell");
    }

    #[test]
    fn another_name_or_another_plan_is_another_event() {
        let id = |seq, name| introduced(seq, Some(name)).concat().split('"').nth(7).unwrap().to_owned();
        assert_eq!(id(12, "Li Na"), id(12, "Li Na"));
        assert_ne!(id(12, "Li Na"), id(12, "Li Nan"));
        assert_ne!(id(12, "Li Na"), id(13, "Li Na"), "back to an old name: the newer plan says so");
    }

    #[test]
    fn nobody_is_introduced_twice_by_the_same_plan() {
        let known = Introduced::default();
        let codes = ["G-1", "G-2"].map(str::to_owned).into();
        assert_eq!(known.strangers(12, &codes), ["G-1", "G-2"]);
        known.know(12, &[Introduction { code: "G-1".to_owned(), event: String::new() }]);
        assert_eq!(known.strangers(12, &codes), ["G-2"]);
        assert_eq!(known.strangers(15, &codes), ["G-1", "G-2"]);
        known.know(15, &[]);
        assert_eq!(known.strangers(15, &codes), ["G-1", "G-2"]);
    }
}
