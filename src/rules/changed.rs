//! Other rules or another clock hold from here on: who judges anew, and in which order.
//!
//! Judges nothing itself. What did not change is not asked, so that nothing that runs is disturbed.

use super::lifecycle::{Key, Turn};
use super::settings::Settings;
use super::state::{ClockStanding, State};
use super::{
    arrival_reminder, battery_low, custom, double_booking, gateway, guest_waiting, idle_vehicle, incident, kiosk_slow,
    late_arrival, pickup_at_risk, post_unmanned, room_climate, room_use, sensor_stuck, shelving, silent, vehicle_empty,
    vehicles, zone,
};
use crate::facts::{ClockFact, Resolution, Span, Timestamp};
/// Other rules hold from here on. Only those that differ judge anew, so that nothing that runs is disturbed.
pub(super) fn set_rules(state: &mut State, turn: &mut Turn, settings: Settings) {
    let old = std::mem::replace(&mut state.settings, settings);
    let because = Resolution::RuleChanged;
    if old.late_arrival != state.settings.late_arrival {
        late_arrival::reassess_all(state, turn, because);
    }
    if old.arrival_reminder != state.settings.arrival_reminder {
        arrival_reminder::reassess_all(state, turn, because);
    }
    if old.post_unmanned != state.settings.post_unmanned {
        post_unmanned::reassess_all(state, turn, because);
    }
    if old.guest_waiting != state.settings.guest_waiting {
        guest_waiting::reassess_all(state, turn, because);
    }
    if old.double_booking != state.settings.double_booking {
        double_booking::reassess_all(state, turn, because);
    }
    if old.silent != state.settings.silent {
        silent::expect_of_settings(state, turn);
        silent::reassess_all(state, turn, because);
        vehicles::silence_changed(state, turn);
    }
    if old.idle_vehicle != state.settings.idle_vehicle {
        idle_vehicle::reassess_all(state, turn, because);
    }
    if old.idle_vehicle.after != state.settings.idle_vehicle.after {
        idle_vehicle::hold_changed(state, turn);
    }
    if old.zone != state.settings.zone {
        zone::rules_changed(state, turn);
    }
    if old.vehicle_empty != state.settings.vehicle_empty {
        vehicle_empty::rules_changed(state, turn);
    }
    let pickups = |of: &Settings| (of.pickup_at_risk.clone(), of.travel.clone(), of.silent.vehicle.after);
    if pickups(&old) != pickups(&state.settings) {
        if !old.pickup_at_risk.enabled && state.settings.pickup_at_risk.enabled {
            pickup_at_risk::unwatched(state, turn.at);
        }
        pickup_at_risk::reassess_all(state, turn, because);
    }
    let (climate, crowd) = (&state.settings.room_climate, &state.settings.room_crowded);
    let other_hold = old.room_climate.hold != climate.hold || old.room_crowded.hold != crowd.hold;
    if old.room_climate != *climate || old.room_crowded != *crowd {
        room_use::expect_all(state, turn.at);
        room_climate::reassess_all(state, turn, because);
    }
    if other_hold {
        room_climate::hold_changed(state, turn);
    }
    if old.battery_low != state.settings.battery_low {
        battery_low::reassess_all(state, turn, because);
    }
    if old.sensor_stuck != state.settings.sensor_stuck {
        sensor_stuck::reassess_all(state, turn, because);
    }
    if old.kiosk_slow != state.settings.kiosk_slow {
        kiosk_slow::reassess_all(state, turn, because);
    }
    custom::replace(state, turn, &old.custom);
    incident::reassess_all(state, turn, because);
    gateway::reassess_all(state, turn, &old.gateway);
}

/// Our clock was set, moved, or lost its trust.
pub(super) fn set_clock(state: &mut State, turn: &mut Turn, clock: &ClockFact) {
    let looked_away = !state.clock.trusted || clock.stepped_ms != 0;
    state.clock = ClockStanding { trusted: clock.trusted, source: clock.source, reason: clock.reason.clone() };
    if clock.stepped_ms != 0 {
        let by = Span::from_millis(clock.stepped_ms);
        restart_holds(state, turn.at);
        silent::clock_moved(state, turn.at, by);
        vehicles::clock_moved(state, turn.at, by);
        vehicle_empty::clock_moved(state, by);
        zone::clock_moved(state, by);
        room_climate::clock_moved(state, by);
        kiosk_slow::clock_moved(state, turn.at, by);
        guest_waiting::clock_moved(state, turn.at);
        gateway::clock_moved(state, by);
        shelving::clock_moved(state, turn, by);
        state.by_hand.forget_all();
    }
    gateway::clock(state, turn, clock);
    late_arrival::reassess_all(state, turn, Resolution::Cleared);
    arrival_reminder::reassess_all(state, turn, Resolution::Cleared);
    post_unmanned::reassess_all(state, turn, Resolution::Cleared);
    double_booking::reassess_all(state, turn, Resolution::Cleared);
    if looked_away && clock.trusted {
        pickup_at_risk::unwatched(state, turn.at);
    }
    pickup_at_risk::reassess_all(state, turn, Resolution::Cleared);
    room_climate::clock_changed(state, turn);
}

/// Holds are lengths of time that passed: across a step of the clock nobody knows how long that was.
fn restart_holds(state: &mut State, at: Timestamp) {
    for key in state.ledger.pending() {
        let hold = match key {
            Key::Idle(_) => state.settings.idle_vehicle.after,
            Key::Climate(gauge) => room_climate::hold_of(state, gauge),
            Key::Custom(rule, _) => match custom::hold_of(state, rule) {
                Some(hold) => hold,
                None => continue,
            },
            Key::Gateway(condition) => condition.watch(&state.settings.gateway).after,
            Key::Late(_)
            | Key::Reminder(_)
            | Key::Post(_)
            | Key::Waiting(_)
            | Key::Double(_)
            | Key::Pickup(_)
            | Key::Zone(..)
            | Key::Empty(_)
            | Key::InUse(_)
            | Key::Silent(_)
            | Key::Lost(_)
            | Key::Incident(..)
            | Key::Battery(..)
            | Key::Stuck(..)
            | Key::Slow(_)
            | Key::SwitchedOff(_)
            | Key::Shelf(_) => continue,
        };
        state.deadlines.arm(key, at.plus(hold));
    }
}
