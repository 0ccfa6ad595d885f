/**
 * Vehicles as a list in words, and a sketch of where they are and were. No map: nothing is fetched from outside.
 */
import { useRef } from "preact/hooks";
import { useGlow } from "../parts/glow";
import { Mark, type Tone } from "../parts/mark";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { Ticking } from "../parts/time";
import { language, t } from "../state/preferences";
import { now, trails, vehicles, zone } from "../state/store";
import { frame, metres, scaleBar, spreadLabels, type Frame, type Place } from "../view/sketch";
import { fresh } from "../state/trails";
import { clock, moment } from "../view/time";
import type { Vehicle, VehicleState } from "../wire/types";
import { vehicles as words } from "../words/pages/vehicles";
import { learn } from "../words/speak";

learn(words);

const TONES: Readonly<Record<VehicleState, Tone>> = {
  moving: "good",
  stationary: "calm",
  stale: "unknown",
  offline: "unknown",
};

const WIDTH = 480;
const HEIGHT = 300;

export default function VehiclesPage() {
  const say = t.value;
  const all = vehicles.value;
  return (
    <>
      <PageHead title={say("page_vehicles")} />
      <div class="panel">
      {all.length === 0 ? (
        <Empty title={say("vehicles_none")} hint={say("vehicles_none_hint")} />
      ) : (
        <div class="fleet">
          <Sketch vehicles={all} />
          <ul class="rows">
            {all.map((vehicle) => (
              <VehicleRow key={vehicle.id} vehicle={vehicle} />
            ))}
          </ul>
        </div>
      )}
      </div>
    </>
  );
}

function VehicleRow({ vehicle }: { vehicle: Vehicle }) {
  const say = t.value;
  const glow = useGlow(vehicle.state);
  const moves = vehicle.state === "moving" && vehicle.speed_kmh !== null;
  return (
    <li class={`row ${glow}`}>
      <div class="row-main">
        <span class="row-name">{vehicle.name ?? vehicle.id}</span>
        <span class="quiet under">
          <FixLine vehicle={vehicle} />
        </span>
      </div>
      {moves && (
        <span class="figure">
          {Math.round(vehicle.speed_kmh ?? 0)} <small>km/h</small>
        </span>
      )}
      <div class="row-state">
        <Mark tone={TONES[vehicle.state]}>{say(`vehicle_${vehicle.state}`)}</Mark>
        {vehicle.since !== null && (
          <span class="quiet under">
            <Ticking at={vehicle.since} put={(age) => age} />
          </span>
        )}
      </div>
    </li>
  );
}

function FixLine({ vehicle }: { vehicle: Vehicle }) {
  const say = t.value;
  const lostAt = moment(vehicle.no_fix_since);
  if (lostAt !== null) return <>{say("vehicle_no_fix_since", { time: clock(lostAt, language.value, zone.value) })}</>;
  if (vehicle.fix_at === null) return <>{say("vehicle_no_fix")}</>;
  return <Ticking at={vehicle.fix_at} put={(age, seconds) => (seconds < 3 ? say("vehicle_fix_now") : say("vehicle_fix_age", { age }))} />;
}

interface Placed {
  vehicle: Vehicle;
  at: Place;
  /** Oldest first, the present place last. */
  trail: Place[];
}

function Sketch({ vehicles: all }: { vehicles: Vehicle[] }) {
  const say = t.value;
  const kept = useRef<Frame | null>(null);
  const placed = all.flatMap((vehicle): Placed[] => {
    if (vehicle.lat === null || vehicle.lon === null) return [];
    const trail = fresh(trails.value.get(vehicle.id) ?? [], now.peek());
    return [{ vehicle, at: { lat: vehicle.lat, lon: vehicle.lon }, trail }];
  });
  kept.current = frame(
    placed.map((one) => one.at),
    WIDTH / HEIGHT,
    kept.current,
  );
  const view = kept.current;
  if (view === null || placed.length === 0) return <div class="sketch sketch-none">{say("sketch_none")}</div>;
  const down = spreadLabels(placed.map((one) => project(one.at, view)));
  return (
    <svg class="sketch" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={say("sketch_label")}>
      <Grid view={view} />
      {placed.map((one) => (
        <Trail key={one.vehicle.id} trail={[...one.trail, one.at]} view={view} />
      ))}
      {placed.map((one, at) => (
        <Arrow key={one.vehicle.id} placed={one} view={view} labelDown={down[at] ?? 0} />
      ))}
    </svg>
  );
}

function project(place: Place, { middle, halfWidth, halfHeight }: Frame): { x: number; y: number } {
  const { x, y } = metres(middle, place);
  return {
    x: WIDTH / 2 + (x / halfWidth) * (WIDTH / 2),
    y: HEIGHT / 2 - (y / halfHeight) * (HEIGHT / 2),
  };
}

function Grid({ view }: { view: Frame }) {
  const say = t.value;
  const perMetre = WIDTH / 2 / view.halfWidth;
  const bar = scaleBar(view.halfWidth / 2);
  const length = bar * perMetre;
  const label = bar < 1000 ? say("sketch_metres", { n: bar }) : say("sketch_kilometres", { n: bar / 1000 });
  return (
    <g class="sketch-grid">
      {lines(WIDTH, length).map((x) => (
        <line key={`x${x}`} x1={x} x2={x} y1="0" y2={HEIGHT} />
      ))}
      {lines(HEIGHT, length).map((y) => (
        <line key={`y${y}`} x1="0" x2={WIDTH} y1={y} y2={y} />
      ))}
      <path class="sketch-bar" d={`M14 ${HEIGHT - 20}v6h${length}v-6`} />
      <text x={14 + length / 2} y={HEIGHT - 20} text-anchor="middle">
        {label}
      </text>
      <path class="sketch-bar" d={`M${WIDTH - 18} 34V14m-4 6 4-6 4 6`} />
      <text x={WIDTH - 18} y="48" text-anchor="middle">
        {say("sketch_north")}
      </text>
    </g>
  );
}

function lines(size: number, step: number): number[] {
  const count = Math.floor(size / 2 / step);
  return Array.from({ length: 2 * count + 1 }, (_, at) => Math.round(size / 2 + (at - count) * step));
}

/** Three pieces, each fainter: what is long ago matters less. */
function Trail({ trail, view }: { trail: Place[]; view: Frame }) {
  const points = trail.map((place) => project(place, view));
  const third = Math.ceil(points.length / 3);
  return (
    <g class="trail">
      {[0, 1, 2].map((piece) => (
        <polyline
          key={piece}
          class={`trail-${piece}`}
          points={points
            .slice(piece * third, (piece + 1) * third + 1)
            .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
            .join(" ")}
        />
      ))}
    </g>
  );
}

interface ArrowProps {
  placed: Placed;
  view: Frame;
  /** So that it does not lie on another vehicle's. */
  labelDown: number;
}

function Arrow({ placed: { vehicle, at }, view, labelDown }: ArrowProps) {
  const { x, y } = project(at, view);
  const inside = Math.min(Math.max(x, 0), WIDTH);
  const anchor = inside > WIDTH - 90 ? "end" : "start";
  return (
    <g class={`vehicle tone-${TONES[vehicle.state]}`} transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}>
      {vehicle.state === "moving" && vehicle.course !== null ? (
        <path d="M0-9 6.5 8 0 4.5-6.5 8z" transform={`rotate(${vehicle.course})`} />
      ) : (
        <circle r="5.5" class={TONES[vehicle.state] === "unknown" ? "hollow dashed" : ""} />
      )}
      <text x={anchor === "end" ? -11 : 11} y={4 + labelDown} text-anchor={anchor}>
        {vehicle.name ?? vehicle.id}
      </text>
    </g>
  );
}
