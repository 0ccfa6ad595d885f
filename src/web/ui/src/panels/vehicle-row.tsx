/**
 * One vehicle in words: its state and since when, whom it fetches next, when it was last heard. Pressed, it shows its day.
 */
import { useEffect, useRef } from "preact/hooks";
import { wide } from "../parts/columns";
import { useGlow } from "../parts/glow";
import { Mark, Shape } from "../parts/mark";
import { Clock, Ticking } from "../parts/time";
import { chosen, shown, zones } from "../state/fleet";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { alerts, zone } from "../state/store";
import { distance } from "../view/guest-words";
import { etaOf, plateOf, shortName, TONES, troubleOf, whatIsNext } from "../view/fleet";
import { clock, moment } from "../view/time";
import type { NextStop, Vehicle, VehicleState } from "../wire/types";
import { VehicleDay } from "./vehicle-day";

export function VehicleRow({ vehicle }: { vehicle: Vehicle }) {
  const glow = useGlow(vehicle.state);
  const isOpen = chosen.value === vehicle.id;
  const row = useRef<HTMLLIElement>(null);
  // Chosen on the map, it comes into sight in the list, where on a desk nothing moves if it is already. On a phone its day
  // would open below the screen.
  useEffect(() => {
    if (isOpen) row.current?.scrollIntoView({ block: wide.peek() ? "nearest" : "start" });
  }, [isOpen]);
  const filter = shown.value === "all" ? "" : `?show=${shown.value}`;
  const plate = plateOf(vehicle);
  const trouble = troubleOf(vehicle.id, alerts.value);
  const moves = vehicle.state === "moving" && vehicle.speed_kmh !== null;
  return (
    <li ref={row} class={`car ${isOpen ? "car-open" : ""} ${moves ? "car-moves" : ""} ${glow}`} id={`car-${vehicle.id}`}>
      <a class="car-way" href={pathOf("vehicles", isOpen ? null : vehicle.id) + filter} aria-expanded={isOpen}>
        <span class="car-name">
          {trouble !== null && <Shape tone={trouble} />}
          <b>{shortName(vehicle)}</b>
          {plate !== null && <span class="quiet">{plate}</span>}
        </span>
        <span class="car-state">
          <StateMark vehicle={vehicle} />
        </span>
        <span class="car-heard quiet">
          <Heard vehicle={vehicle} />
        </span>
        {moves && (
          <span class="car-speed">
            <b>{Math.round(vehicle.speed_kmh ?? 0)}</b> <small>km/h</small>
          </span>
        )}
        {vehicle.next != null && <Next state={vehicle.state} next={vehicle.next} />}
      </a>
      {isOpen && <VehicleDay vehicle={vehicle} />}
    </li>
  );
}

function StateMark({ vehicle }: { vehicle: Vehicle }) {
  const say = t.value;
  const { state, since } = vehicle;
  const key = state === "moving" ? "fleet_moving_for" : "fleet_idle_for";
  const isKnown = state === "moving" || state === "stationary";
  return (
    <Mark tone={TONES[state]}>
      {isKnown && since !== null ? <Ticking at={since} put={(age) => say(key, { age })} /> : say(`vehicle_${state}`)}
    </Mark>
  );
}

/** How old its place is while it is heard; when it was last heard where it is not; and in which zone it is. */
function Heard({ vehicle }: { vehicle: Vehicle }) {
  const say = t.value;
  const named = (vehicle.zones ?? []).map(placeName);
  const where = named.length === 0 ? "" : say("comma") + say("fleet_in_zone", { zone: named.join(say("item_comma")) });
  return (
    <>
      <FixLine vehicle={vehicle} />
      {where}
    </>
  );
}

function FixLine({ vehicle }: { vehicle: Vehicle }) {
  const say = t.value;
  const said = (at: number | null): string | null => (at === null ? null : clock(at, language.value, zone.value));
  const lost = said(moment(vehicle.no_fix_since));
  if (lost !== null) return <>{say("vehicle_no_fix_since", { time: lost })}</>;
  if (vehicle.state === "offline" || vehicle.state === "stale") {
    const heard = said(moment(vehicle.heard_at) ?? moment(vehicle.fix_at));
    return <>{heard === null ? say("fleet_never_heard") : say("fleet_last_heard", { time: heard })}</>;
  }
  if (vehicle.fix_at === null) return <>{say("vehicle_no_fix")}</>;
  return <Ticking at={vehicle.fix_at} put={(age, seconds) => (seconds < 3 ? say("vehicle_fix_now") : say("vehicle_fix_age", { age }))} />;
}

function Next({ state, next }: { state: VehicleState; next: NextStop }) {
  const say = t.value;
  const far = next.distance_m === null ? null : <span class="car-far">{say("comma") + say("next_far", { far: distance(next.distance_m, say) })}</span>;
  return (
    <span class="car-next">
      <span>{whatIsNext(next, say)}</span>
      <span class="quiet">
        {next.place !== null && <span>{placeName(next.place)} </span>}
        <Clock at={next.at} />
        {say("comma")}
        {etaOf(state, next, say, language.value, zone.value)}
        {far}
      </span>
      {next.at_risk && <Mark tone="look">{say("next_at_risk")}</Mark>}
    </span>
  );
}

/** As the plan's zones call it. */
function placeName(id: string): string {
  return zones.value?.find((one) => one.id === id)?.name ?? id;
}
