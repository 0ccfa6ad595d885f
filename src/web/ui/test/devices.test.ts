import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceChoices, deviceName, groups, inPlace, kindOf, rateText } from "../src/view/devices";
import { devices as words } from "../src/words/pages/devices";
import { learn, speaker } from "../src/words/speak";
import type { Device, DeviceState } from "../src/wire/types";
import { present, room, vehicle } from "./sample";

learn(words);
const of = (id: string, state: DeviceState = "online", rejected = 0): Device => ({
  id,
  state,
  heard_at: null,
  since: null,
  reason: state === "online" ? null : "unplugged",
  received: 0,
  rejected,
});
const all = [
  of("sensor/lobby/t1"),
  of("kiosk/K10"),
  of("kiosk/K9"),
  of("link/plant", "offline"),
  of("link/serial:car-1", "online", 3),
  of("vehicle/car-1", "no_fix"),
];
const said = (search: string): string[] =>
  groups(all, deviceChoices(new URLSearchParams(search)), (id) => (id === "vehicle/car-1" ? "一号车" : "")).map(
    (group) => `${group.kind} ${group.devices.map((device) => device.id).join(" ")}`,
  );

test("devices stand by their kind, kinds in trouble first, K9 before K10", () => {
  assert.deepEqual(said(""), [
    "vehicle vehicle/car-1",
    "broker link/plant",
    "kiosk kiosk/K9 kiosk/K10",
    "sensor sensor/lobby/t1",
    "port link/serial:car-1",
  ]);
  assert.equal(kindOf("gateway"), "other");
});

test("the address narrows them, and nonsense in it narrows nothing", () => {
  assert.deepEqual(said("show=trouble"), ["vehicle vehicle/car-1", "broker link/plant"]);
  assert.deepEqual(said("show=rejecting"), ["port link/serial:car-1"]);
  assert.deepEqual(said("kind=kiosk"), ["kiosk kiosk/K9 kiosk/K10"]);
  assert.deepEqual(said("q=一号"), ["vehicle vehicle/car-1"]);
  assert.deepEqual(said("q=UNPLUGGED%20plant"), ["broker link/plant"]);
  assert.equal(said("show=x&kind=y").length, 5);
});

test("nothing moves while it is read, and what is new comes last", () => {
  const choices = deviceChoices(new URLSearchParams());
  const before = groups([of("kiosk/K1"), of("kiosk/K2"), of("vehicle/a")], choices, () => "");
  const after = groups([of("kiosk/K1"), of("kiosk/K2", "silent"), of("kiosk/K0"), of("vehicle/a", "offline"), of("link/x", "offline")], choices, () => "");
  const ids = (shown: ReturnType<typeof groups>): string => shown.flatMap((group) => group.devices.map((device) => device.id)).join(" ");
  assert.equal(ids(inPlace(after, before)), "kiosk/K1 kiosk/K2 kiosk/K0 vehicle/a link/x");
  assert.equal(ids(inPlace(after, null)), "kiosk/K2 kiosk/K0 kiosk/K1 vehicle/a link/x");
});

test("a device is called by its name in the plan, a sensor with its room", () => {
  const venue = present({ rooms: [room("lobby", { name: "大堂" })], vehicles: [vehicle("car-1", { name: "一号车" })] });
  const names = (id: string): string => deviceName(id, venue, speaker("en"));
  assert.deepEqual(
    ["sensor/lobby/t1", "sensor/attic/t1", "vehicle/car-1", "kiosk/K01", "link/serial:/dev/ttyUSB0", "link/plant", "gateway"].map(names),
    ["大堂, t1", "Room attic, t1", "一号车", "Kiosk K01", "Port /dev/ttyUSB0", "Broker plant", "The gateway"],
  );
});

test("a rate below ten keeps its tenth", () => {
  assert.deepEqual([0, 0.42, 3, 9.96, 61.4].map(rateText), ["0", "0.4", "3", "10.0", "61"]);
});
