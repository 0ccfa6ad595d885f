/**
 * The rooms and the vehicles that want a look, and how all the others are, in a line.
 */
import type { ComponentChildren } from "preact";
import { Mark, type Tone } from "../parts/mark";
import { SEVERITY_TONES } from "../parts/told";
import { Panel } from "../parts/panel";
import { Ticking } from "../parts/time";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { alerts, now, present, rooms, vehicles, zone } from "../state/store";
import { tell } from "../view/alert-words";
import { roomsToLookAt, vehiclesToLookAt, type VehicleLook } from "../view/looks";
import { metricName, metricValue } from "../view/metrics";
import { measured } from "../view/rooms";
import { clock, moment } from "../view/time";
import type { Room, RoomState } from "../wire/types";

const SHOWN = 4;
export const ROOM_TONES: Readonly<Record<RoomState, Tone>> = { ok: "good", breach: "look", alert: "act", unknown: "unknown" };

export function Looks() {
  const say = t.value;
  if (rooms.value.length + vehicles.value.length === 0) return null;
  return (
    <Panel id="looks" title={say("looks")}>
      <RoomLooks />
      <VehicleLooks />
    </Panel>
  );
}

function RoomLooks() {
  const say = t.value;
  const all = rooms.value;
  const some = roomsToLookAt(all);
  if (all.length === 0) return null;
  return (
    <Group
      href={pathOf("rooms") + (some.length === 0 ? "" : some.some((room) => room.state !== "unknown") ? "?show=look" : "?show=unknown")}
      more={some.length - SHOWN}
      all={some.length === 0 ? say("rooms_fine", { n: all.length }) : say("rooms_look", { n: some.length, total: all.length })}
      tone={ROOM_TONES[some[0]?.state ?? "ok"]}
    >
      {some.slice(0, SHOWN).map((room) => (
        <li key={room.id}>
          <a class="look" href={pathOf("rooms", room.id)}>
            <span>{room.name ?? room.id}</span>
            <span class="look-state">
              <Mark tone={ROOM_TONES[room.state]}>{say(`room_${room.state}`)}</Mark> <span class="quiet">{roomFact(room)}</span>
            </span>
          </a>
        </li>
      ))}
    </Group>
  );
}

/** What is off, with its value, or since when nothing is known. */
export function roomFact(room: Room): string {
  const say = t.value;
  if (room.state === "unknown") {
    const at = moment(room.reading_at);
    return at === null ? say("room_no_data_ever") : say("room_no_data_since", { time: clock(at, language.value, zone.value) });
  }
  const { main, more } = measured(room, alerts.value);
  return [...main, ...more]
    .filter(({ off, value }) => off !== "no" && value !== null)
    .map(({ metric, value }) => `${metricName(metric, say)} ${metricValue(metric, value ?? 0)}`)
    .join(say("item_comma"));
}

function VehicleLooks() {
  const say = t.value;
  const all = vehicles.value;
  const some = vehiclesToLookAt(all, alerts.value);
  if (all.length === 0) return null;
  return (
    <Group
      href={pathOf("vehicles") + (some.length > 0 && some.every((look) => look.alert === null) ? "?show=unknown" : "")}
      more={some.length - SHOWN}
      all={some.length === 0 ? say("vehicles_fine", { n: all.length }) : say("vehicles_look", { n: some.length, total: all.length })}
      tone={some[0] === undefined ? "good" : some[0].alert === null ? "unknown" : SEVERITY_TONES[some[0].alert.severity]}
    >
      {some.slice(0, SHOWN).map((look) => (
        <li key={look.vehicle.id}>
          <a class="look" href={pathOf("vehicles", look.vehicle.id)}>
            <VehicleWords look={look} />
          </a>
        </li>
      ))}
    </Group>
  );
}

/** What is the matter with it in words, or else that it is not heard. */
export function VehicleWords({ look: { vehicle, alert } }: { look: VehicleLook }) {
  const say = t.value;
  const shown = present.value;
  if (alert !== null && shown !== null) {
    return <Mark tone={SEVERITY_TONES[alert.severity]}>{tell(alert, shown, { say, language: language.value, now: now.value }).title}</Mark>;
  }
  return (
    <>
      <span>{vehicle.name ?? vehicle.id}</span>
      <span class="look-state">
        <Mark tone="unknown">{say(`vehicle_${vehicle.state}`)}</Mark>{" "}
        <span class="quiet">{vehicle.since !== null && <Ticking at={vehicle.since} put={(age) => age} />}</span>
      </span>
    </>
  );
}

function Group({ href, all, tone, more, children }: { href: string; all: string; tone: Tone; more: number; children: ComponentChildren }) {
  return (
    <div class="looks">
      <a class="look look-all" href={href}>
        <Mark tone={tone}>{all}</Mark>
      </a>
      <ul>
        {children}
        {more > 0 && (
          <li>
            <a class="look" href={href}>
              {t.value("and_more", { n: more })}
            </a>
          </li>
        )}
      </ul>
    </div>
  );
}
