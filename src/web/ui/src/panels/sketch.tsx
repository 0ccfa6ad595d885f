/**
 * Where the vehicles are where no map can be drawn: a sketch with zones, trails and the ways to the next pick-ups.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { chosen, listed, pastTrails, zones } from "../state/fleet";
import { t } from "../state/preferences";
import { now, trails } from "../state/store";
import { fresh } from "../state/trails";
import { shortName, TONES } from "../view/fleet";
import { joined } from "../view/ground";
import { frame, metres, scaleBar, spreadLabels, type Frame, type Place } from "../view/sketch";
import type { Vehicle } from "../wire/types";

/** In pixels of the screen, so that words are as large here as elsewhere. */
interface Size {
  width: number;
  height: number;
}

/** What is drawn, and how large. */
type View = Frame & Size;

interface Placed {
  vehicle: Vehicle;
  at: Place;
  /** Oldest first, the present place last. */
  trail: Place[];
}

export default function Sketch({ onChoose }: { onChoose: (vehicle: string) => void }) {
  const say = t.value;
  const kept = useRef<Frame | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    const there = box.current;
    if (there === null) return undefined;
    const look = new ResizeObserver(() => {
      kept.current = null;
      setSize({ width: there.clientWidth, height: there.clientHeight });
    });
    look.observe(there);
    return () => look.disconnect();
  }, []);
  const placed = listed.value.flatMap((vehicle): Placed[] => {
    if (vehicle.lat === null || vehicle.lon === null) return [];
    const trail = joined(pastTrails.value.get(vehicle.id) ?? [], trails.value.get(vehicle.id) ?? []);
    return [{ vehicle, at: { lat: vehicle.lat, lon: vehicle.lon }, trail: fresh(trail, now.peek()) }];
  });
  const open = placed.find(({ vehicle }) => vehicle.id === chosen.value);
  kept.current = frame(
    (open === undefined ? placed : [open]).map((one) => one.at),
    size === null ? 1 : size.width / size.height,
    kept.current,
  );
  const view = kept.current === null || size === null ? null : { ...kept.current, ...size };
  return (
    <div ref={box} class="sketch-box">
      {view === null || placed.length === 0 ? (
        <p class="sketch-none">{say("sketch_none")}</p>
      ) : (
        <Drawing view={view} placed={placed} onChoose={onChoose} />
      )}
    </div>
  );
}

function Drawing({ view, placed, onChoose }: { view: View; placed: Placed[]; onChoose: (vehicle: string) => void }) {
  const down = spreadLabels(placed.map((one) => project(one.at, view)));
  return (
    <svg class="sketch" viewBox={`0 0 ${view.width} ${view.height}`} role="img" aria-label={t.value("sketch_label")}>
      <Grid view={view} />
      <Zones view={view} />
      {placed.map(({ vehicle, at }) => (
        <Way key={vehicle.id} vehicle={vehicle} at={at} view={view} />
      ))}
      {placed.map((one) => (
        <Trail key={one.vehicle.id} trail={[...one.trail, one.at]} view={view} />
      ))}
      {placed.map((one, at) => (
        <Arrow key={one.vehicle.id} placed={one} view={view} labelDown={down[at] ?? 0} onChoose={onChoose} />
      ))}
    </svg>
  );
}

function project(place: Place, { middle, halfWidth, halfHeight, width, height }: View): { x: number; y: number } {
  const { x, y } = metres(middle, place);
  return {
    x: width / 2 + (x / halfWidth) * (width / 2),
    y: height / 2 - (y / halfHeight) * (height / 2),
  };
}

function Grid({ view }: { view: View }) {
  const say = t.value;
  const { width, height } = view;
  const perMetre = width / 2 / view.halfWidth;
  const bar = scaleBar(view.halfWidth / 2);
  const length = bar * perMetre;
  const label = bar < 1000 ? say("sketch_metres", { n: bar }) : say("sketch_kilometres", { n: bar / 1000 });
  return (
    <g class="sketch-grid">
      {lines(width, length).map((x) => (
        <line key={`x${x}`} x1={x} x2={x} y1="0" y2={height} />
      ))}
      {lines(height, length).map((y) => (
        <line key={`y${y}`} x1="0" x2={width} y1={y} y2={y} />
      ))}
      <path class="sketch-bar" d={`M14 ${height - 20}v6h${length}v-6`} />
      <text x={14 + length / 2} y={height - 20} text-anchor="middle">
        {label}
      </text>
      <path class="sketch-bar" d={`M${width - 18} 34V14m-4 6 4-6 4 6`} />
      <text x={width - 18} y="48" text-anchor="middle">
        {say("sketch_north")}
      </text>
    </g>
  );
}

function lines(size: number, step: number): number[] {
  const count = Math.floor(size / 2 / step);
  return Array.from({ length: 2 * count + 1 }, (_, at) => Math.round(size / 2 + (at - count) * step));
}

function Zones({ view }: { view: View }) {
  return (
    <g class="sketch-zones">
      {(zones.value ?? []).map((zone) => {
        const top = project({ lat: zone.bounds.north, lon: zone.middle.lon }, view);
        return (
          <g key={zone.id}>
            <polygon points={drawn(zone.ring.map(([lon, lat]) => ({ lat, lon })), view)} />
            <text x={top.x.toFixed(1)} y={(top.y - 4).toFixed(1)} text-anchor="middle">
              {zone.name}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** To where a vehicle fetches somebody next. */
function Way({ vehicle, at, view }: { vehicle: Vehicle; at: Place; view: View }) {
  const next = vehicle.next ?? null;
  if (next === null || next.lat === null || next.lon === null) return null;
  return <polyline class={`sketch-way ${next.at_risk ? "sketch-risk" : ""}`} points={drawn([at, { lat: next.lat, lon: next.lon }], view)} />;
}

/** Three pieces, each fainter: what is long ago matters less. */
function Trail({ trail, view }: { trail: Place[]; view: View }) {
  const third = Math.ceil(trail.length / 3);
  return (
    <g class="trail">
      {[0, 1, 2].map((piece) => (
        <polyline key={piece} class={`trail-${piece}`} points={drawn(trail.slice(piece * third, (piece + 1) * third + 1), view)} />
      ))}
    </g>
  );
}

function drawn(places: readonly Place[], view: View): string {
  return places
    .map((place) => project(place, view))
    .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(" ");
}

interface ArrowProps {
  placed: Placed;
  view: View;
  /** So that it does not lie on another vehicle's. */
  labelDown: number;
  onChoose: (vehicle: string) => void;
}

function Arrow({ placed: { vehicle, at }, view, labelDown, onChoose }: ArrowProps) {
  const { x, y } = project(at, view);
  const anchor = x > view.width - 90 ? "end" : "start";
  const isChosen = chosen.value === vehicle.id;
  return (
    <g
      class={`vehicle tone-${TONES[vehicle.state]} ${isChosen ? "vehicle-chosen" : ""}`}
      transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
      onClick={() => onChoose(vehicle.id)}
    >
      {isChosen && <circle r="13" class="sketch-ring" />}
      {vehicle.state === "moving" && vehicle.course !== null ? (
        <path d="M0-9 6.5 8 0 4.5-6.5 8z" transform={`rotate(${vehicle.course})`} />
      ) : (
        <circle r="5.5" class={TONES[vehicle.state] === "unknown" ? "hollow dashed" : ""} />
      )}
      <text x={(isChosen ? 18 : 11) * (anchor === "end" ? -1 : 1)} y={4 + labelDown} text-anchor={anchor}>
        {shortName(vehicle)}
      </text>
    </g>
  );
}
