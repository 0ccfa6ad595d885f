//! Check-ins by hand: scans that no kiosk made, but a person on the dashboard.

use super::fact::{Direction, Scan};
use super::names::Name;

impl Scan {
    /// The kiosk that the dashboard's check-ins name. It is no device: nobody waits to hear from it.
    pub const DASHBOARD: &str = "dashboard";
    /// How they are read.
    pub const HAND: &str = "hand";

    /// Somebody lets a guest in without a kiosk. `scan_id` is the page's own, as a kiosk's is.
    pub fn by_hand(scan_id: Name, code: Name) -> Option<Self> {
        // Both are names; the type cannot know it.
        let (kiosk, method) = (Self::DASHBOARD.parse().ok()?, Self::HAND.parse().ok()?);
        let (direction, method) = (Direction::Entry, Some(method));
        Some(Self { scan_id, code, kiosk, direction, point: None, method, duration_s: None, ruling: None })
    }

    /// Whether this kiosk is the dashboard.
    pub fn is_dashboard(kiosk: &Name) -> bool {
        kiosk.as_str() == Self::DASHBOARD
    }
}
