/**
 * What lies over the map: an arrow with a short name for each vehicle, the names of zones, and where a guest is fetched
 * next with the time. The list says the same in words, so all of this is for eyes and pointers alone.
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import { language, t } from "../state/preferences";
import { chosen, listed, zones } from "../state/fleet";
import { alerts, zone as siteZone } from "../state/store";
import { etaShort, shortName, TONES, troubleOf } from "../view/fleet";
import { turn } from "../view/glide";
import type { Zone } from "../view/ground";
import type { Place } from "../view/sketch";
import { clock, moment } from "../view/time";
import type { NextStop, Vehicle } from "../wire/types";
import type { Stage } from "./stage";

export interface MarkersProps {
  stage: Stage;
  onChoose: (vehicle: string) => void;
}

export const pinOf = (vehicle: string): string => `vehicle/${vehicle}`;

export function Markers({ stage, onChoose }: MarkersProps) {
  const open = chosen.value;
  const placed = listed.value.flatMap((vehicle) => {
    const { lat, lon } = vehicle;
    return lat === null || lon === null ? [] : [{ vehicle, place: { lat, lon } }];
  });
  return (
    <>
      {(zones.value ?? []).map((zone) => (
        <ZoneName key={`zone/${zone.id}`} zone={zone} stage={stage} />
      ))}
      {stops(placed.map(({ vehicle }) => vehicle), open).map((stop) => (
        <StopMark key={`stop/${stop.key}`} stop={stop} stage={stage} />
      ))}
      {placed.map(({ vehicle, place }) => (
        <VehicleMark key={pinOf(vehicle.id)} vehicle={vehicle} place={place} stage={stage} onChoose={onChoose} />
      ))}
    </>
  );
}

/** Whose name finds its place first. */
const RANK = { chosen: 0, vehicle: 1, stop: 2, zone: 3 };

/** Registers an element at its place for as long as it is there. */
function usePin(stage: Stage, key: string, { lat, lon }: Place, rank: number) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (element.current !== null) stage.pin(key, element.current, { lat, lon }, { rank, above: rank === RANK.zone, givesWay: rank >= RANK.stop });
  }, [lat, lon, rank]);
  useLayoutEffect(() => () => stage.unpin(key), []);
  return element;
}

function ZoneName({ zone, stage }: { zone: Zone; stage: Stage }) {
  // At its upper edge: vehicles stand in the middle.
  const element = usePin(stage, `zone/${zone.id}`, { lat: zone.bounds.north, lon: zone.middle.lon }, RANK.zone);
  return (
    <div ref={element} class="pin pin-zone" aria-hidden="true">
      <span class="pin-label">{zone.name}</span>
    </div>
  );
}

interface Stop extends Place {
  key: string;
  coming: { vehicle: Vehicle; next: NextStop }[];
}

/** Where guests are fetched next: one mark for a place, whoever comes there. */
function stops(vehicles: readonly Vehicle[], open: string | null): Stop[] {
  const found = new Map<string, Stop>();
  for (const vehicle of vehicles) {
    const next = vehicle.next ?? null;
    if (next === null || next.lat === null || next.lon === null) continue;
    if (open !== null && vehicle.id !== open) continue;
    const key = `${next.lat.toFixed(4)},${next.lon.toFixed(4)}`;
    const stop = found.get(key) ?? { key, lat: next.lat, lon: next.lon, coming: [] };
    stop.coming.push({ vehicle, next });
    found.set(key, stop);
  }
  return [...found.values()];
}

function StopMark({ stop, stage }: { stop: Stop; stage: Stage }) {
  const element = usePin(stage, `stop/${stop.key}`, stop, RANK.stop);
  const say = t.value;
  return (
    <div ref={element} class="pin pin-stop" aria-hidden="true">
      <svg viewBox="-8 -8 16 16" width="16" height="16">
        <circle r="5" />
        <circle r="1.5" class="pin-dot" />
      </svg>
      <span class="pin-label">
        {stop.coming.map(({ vehicle, next }) => (
          <span key={vehicle.id} class={next.at_risk ? "pin-risk" : ""}>
            {shortName(vehicle)} {etaShort(vehicle.state, next, say, language.value, siteZone.value)}
          </span>
        ))}
      </span>
    </div>
  );
}

interface VehicleMarkProps extends MarkersProps {
  vehicle: Vehicle;
  place: Place;
}

function VehicleMark({ vehicle, place, stage, onChoose }: VehicleMarkProps) {
  const open = chosen.value;
  const element = usePin(stage, pinOf(vehicle.id), place, open === vehicle.id ? RANK.chosen : RANK.vehicle);
  const tone = TONES[vehicle.state];
  const trouble = troubleOf(vehicle.id, alerts.value);
  const classes = ["pin", "pin-vehicle", `pin-${tone}`];
  if (open === vehicle.id) classes.push("pin-chosen");
  else if (open !== null) classes.push("pin-aside");
  return (
    <div ref={element} class={classes.join(" ")} aria-hidden="true" onClick={() => onChoose(vehicle.id)}>
      <Arrow vehicle={vehicle} />
      <span class="pin-label">
        <span>
          {trouble !== null && <TroubleShape act={trouble === "act"} />}
          {shortName(vehicle)}
        </span>
        {tone === "unknown" && <LastHeard vehicle={vehicle} />}
      </span>
    </div>
  );
}

/** An arrow where it drives and is known where to; a disc where it stands; hollow and dashed where nobody knows. */
function Arrow({ vehicle }: { vehicle: Vehicle }) {
  const turned = useRef(vehicle.course ?? 0);
  if (vehicle.course !== null) turned.current = turn(turned.current, vehicle.course);
  const drives = vehicle.state === "moving" || vehicle.state === "stale";
  return (
    <svg class="pin-shape" viewBox="-12 -12 24 24" width="26" height="26">
      {drives && vehicle.course !== null ? (
        <path d="M0-10 7.5 8.5 0 4.8-7.5 8.5z" style={{ transform: `rotate(${turned.current.toFixed(0)}deg)` }} />
      ) : (
        <circle r="6.5" />
      )}
    </svg>
  );
}

function TroubleShape({ act }: { act: boolean }) {
  return (
    <svg class={`pin-trouble tone-${act ? "act" : "look"}`} viewBox="0 0 12 12" width="11" height="11">
      <path d={act ? "M6 .6 11.4 6 6 11.4.6 6z" : "M6 1.2 11.3 10.6H.7z"} />
    </svg>
  );
}

function LastHeard({ vehicle }: { vehicle: Vehicle }) {
  const heard = moment(vehicle.fix_at) ?? moment(vehicle.heard_at);
  if (heard === null) return null;
  return <span class="pin-heard">{t.value("fleet_last_heard", { time: clock(heard, language.value, siteZone.value) })}</span>;
}
