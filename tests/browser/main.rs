//! The dashboard in a real Chromium, against real gateways: what a person at a desk or with a phone would see.
//!
//! Scenes are TypeScript in `src/web/ui/browser/scenes`; each drives a tab of one browser that all share, and says
//! itself what is wrong. What a page cannot do (a kiosk's scan, a gateway that is killed) is done here when a scene
//! asks for it. Without Chromium or Node the tests say so and pass.

#![cfg(feature = "dashboard")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure stops its test and says where.

#[path = "../support/mod.rs"]
mod support;

mod crowd;
mod demo;
mod house;
mod scene;

use std::time::Duration;

use crowd::Crowd;
use demo::Demo;
use house::House;
use scene::Scene;

// Its name comes first so that it starts first: the others are played while the demo's morning passes.
#[test]
fn a_day_of_the_demo_looks_right_on_every_page_at_desk_and_phone() {
    if !scene::can_be_played() {
        return;
    }
    let demo = Demo::start();
    demo.reaches(Duration::from_secs(45));
    let nothing_more = |order: &str, _: &serde_json::Value| panic!("the demo does not know how to {order}");
    for name in ["pictures", "looks"] {
        let Some(scene) = Scene::set(name) else { return };
        scene.play(&demo.address, nothing_more);
    }
}

#[test]
fn a_scan_is_seen_at_once_and_an_acknowledgement_by_everybody() {
    at_home("live");
}

/// Plays a scene at a house of its own.
fn at_home(name: &str) {
    let Some(scene) = Scene::set(name) else { return };
    let mut house = House::open();
    scene.play(&house.address(), |order, details| house.act(order, details));
}

#[test]
fn a_page_that_loses_its_gateway_says_so_and_catches_up() {
    at_home("lost");
}

#[test]
fn every_page_opens_without_a_network_in_either_language() {
    at_home("offline");
}

#[test]
fn keyboard_colours_and_stillness_are_the_readers_choice() {
    at_home("hands");
}

#[test]
fn what_is_looked_for_stands_in_the_address() {
    at_home("address");
}

#[test]
fn the_first_look_is_light() {
    at_home("weight");
}

#[test]
fn a_great_day_does_not_stop_the_page() {
    let Some(scene) = Scene::set("crowd") else { return };
    let mut crowd = Crowd::open();
    scene.play(&crowd.address(), |order, details| crowd.act(order, details));
}
