//! Decides: the verdict of a scan, and which rule is broken by whom.
//!
//! Promises that the same entries give the same rulings and the same alert changes, byte for byte, on any machine and
//! however often or late [`Engine::advance`] is called: everything here is a function of the entries alone. Time comes
//! in as an argument; there is no input or output, no chance, no floating point and nothing in hash order. The expressions
//! of `custom` alone reckon with doubles, by the operations that IEEE 754 makes the same everywhere, and have no list to go
//! through. Names no person: guests are their codes.
//!
//! One file a rule kind (`arrival_reminder`, `late_arrival`, `guest_waiting`, `post_unmanned`, `pickup_at_risk`,
//! `idle_vehicle`, `vehicle_empty`, `zone`, `double_booking`, `room_climate`, `room_crowded`, `battery_low`, `sensor_stuck`, `kiosk_slow`, `silent`, `incident`, `gateway`, rules of one's own in `custom`); what an alert goes through is in
//! `lifecycle`, what is known of visits, vehicles and devices in `day`, `vehicles`, `devices`, the answer to a scan in
//! `scans`.

mod arrival_reminder;
mod battery_low;
mod by_hand;
mod changed;
mod custom;
mod day;
mod deadlines;
mod device_clock;
mod devices;
mod double_booking;
mod engine;
mod gateway;
mod geometry;
mod guest_waiting;
mod idle_vehicle;
mod incident;
mod kiosk_slow;
mod late_arrival;
mod lifecycle;
mod pairs;
mod pickup_at_risk;
mod post_unmanned;
mod present;
mod proof;
mod room_climate;
mod room_crowded;
mod room_limits;
mod room_use;
mod runs;
mod scans;
mod sensor_stuck;
mod settings;
mod shelving;
mod silent;
mod state;
#[cfg(test)]
mod tests;
mod travel;
mod vehicle_empty;
mod vehicles;
mod zone;

pub use custom::{Draft as Expression, ExpressionFault, RULES_MAX as CUSTOM_MAX, Stopwatch};
pub use engine::{Engine, SnapshotFault, Step};
pub use proof::{Difference, Other, Proof};
pub use settings::{
    ArrivalReminder, BatteryLow, Comfort, CustomRule, DoubleBooking, Gateway, GuestWaiting, IdleVehicle, IncidentRule,
    KioskSlow, LateArrival, Occasion, PickupAtRisk, PostUnmanned, RoomClimate, RoomCrowded, SensorStuck, Settings,
    SettingsFault, Silent, Travel, VehicleEmpty, Watch, ZoneRule,
};
