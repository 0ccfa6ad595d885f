/**
 * A chart for each quantity of a room, all of one stretch of time, and one moment pointed at in all of them.
 */
import { useSignal, type Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { BandKeys, Chart } from "../parts/chart";
import { Empty } from "../parts/panel";
import { reasonOf } from "../parts/refusal";
import { language, t } from "../state/preferences";
import { keyOf, knownUntil, refusal, told, type Told } from "../state/room-histories";
import { alerts, zone } from "../state/store";
import { LEAST, metricNumber, metricUnit, metricValue } from "../view/metrics";
import { bandsOf, begun, lasting, type Stretched } from "../view/room-day";
import { chartName, daySummary } from "../view/room-words";
import { limitsOf, limitsText, MAIN_METRICS, offLimit, otherMetrics, unitOf } from "../view/rooms";
import { beyond, bridged, type Value } from "../view/series";
import { cut, times } from "../view/slots";
import type { Alert, Room } from "../wire/types";

/** What a sensor says of itself is no climate. */
const NOT_DRAWN: ReadonlySet<string> = new Set(["battery"]);

export function RoomCharts({ room, stretch }: { room: Room; stretch: Stretched }) {
  const say = t.value;
  const pointed = useSignal<number | null>(null);
  const known = told.value?.key === keyOf(room.id, stretch) ? told.value : null;
  const refused = refusal.value;
  const said = refused !== null && (
    <p class="refusal" role="alert">
      {say("room_history_failed", { reason: reasonOf(refused) })}
    </p>
  );
  if (known === null) return <div class="room-charts">{said || <p class="page-waiting quiet">{say("room_history_waiting")}</p>}</div>;
  const metrics = metricsOf(room, stretch, known);
  return (
    <div class="room-charts">
      {said}
      {metrics.length === 0 ? <Empty title={say("room_history_nothing")} /> : <BandKeys />}
      <Drawn room={room} stretch={stretch} known={known} metrics={metrics} pointed={pointed} />
    </div>
  );
}

/** Those that there are values of; while it goes on also those whose sensors are silent now. */
function metricsOf(room: Room, { from, to, isLive }: Stretched, { slots }: Told): string[] {
  const all = new Set([...MAIN_METRICS, ...otherMetrics(room), ...Object.keys(slots.columns).sort()]);
  return [...all].filter((metric) => {
    const column = slots.columns[metric];
    return !NOT_DRAWN.has(metric) && column !== undefined && (isLive || cut(slots, column.mean, from, to).some((value) => value !== null));
  });
}

interface DrawnProps {
  room: Room;
  stretch: Stretched;
  known: Told;
  metrics: readonly string[];
  pointed: Signal<number | null>;
}

function Drawn({ room, stretch: { from: asked, to, span, isLive }, known: { slots, alerts: past }, metrics, pointed }: DrawnProps) {
  const from = useMemo(() => {
    const columns = metrics.map((metric) => cut(slots, slots.columns[metric]?.mean, asked, to));
    return isLive && span === "day" ? begun(asked, times(slots, asked, to), columns) : asked;
  }, [slots, asked, to, span, isLive]);
  const x = useMemo(() => times(slots, from, to), [slots.from, slots.step, from, to]);
  const open = alerts.value.filter((alert) => alert.subject === `room/${room.id}`);
  // What is open is told by the stream, and newer than what was asked for.
  const all = [...past.filter((alert) => !open.some((one) => one.id === alert.id)), ...open];
  return (
    <>
      {metrics.map((metric) => (
        <MetricChart key={metric} room={room} metric={metric} x={x} from={from} to={to} known={{ slots, alerts: all }} isLive={isLive} pointed={pointed} />
      ))}
    </>
  );
}

interface MetricProps {
  room: Room;
  metric: string;
  x: readonly number[];
  from: number;
  to: number;
  known: { slots: Told["slots"]; alerts: Alert[] };
  isLive: boolean;
  pointed: Signal<number | null>;
}

function MetricChart({ room, metric, x, from, to, known: { slots, alerts: all }, isLive, pointed }: MetricProps) {
  const say = t.value;
  const limits = limitsOf(room, metric);
  const column = slots.columns[metric];
  const key = all.map((alert) => `${alert.id}${alert.state}`).join() + JSON.stringify(limits);
  const put = (value: number): string => (metric === "occupancy" ? `${metricNumber(metric, value)}\u00a0${say("room_people_unit")}` : metricValue(metric, value));
  const chart = useMemo(() => {
    // Bands end at the present: between two steps (`to` moves by them) nothing that is drawn moves.
    const seconds = knownUntil.peek() / 1000;
    const line = (values: readonly (number | null)[] | undefined): Value[] => bridged(cut(slots, values, from, to));
    const [values, low, high] = [line(column?.mean), line(column?.low), line(column?.high)];
    const bands = bandsOf({ room: room.id, metric, x, values, limits, alerts: all, from, to, now: seconds });
    const silent = bands.filter((band) => band.tone === "unknown");
    const summary = daySummary(
      { x, low, high, put, over: lasting(beyond(x, values, limits), from, to), silent: lasting(silent, from, to), span: to - from },
      { say, language: language.value, now: seconds * 1000, zone: zone.value },
    );
    return { lines: [{ quantity: metric, label: chartName(metric, say), values, low, high }], bands, summary };
  }, [column, x, from, to, key, say, zone.value]);
  const lines = useMemo(() => [limits.low, limits.high].flatMap((value) => (value === undefined ? [] : [{ value, label: String(value) }])), [key]);
  return (
    <section class="panel room-chart" aria-label={chartName(metric, say)}>
      <header class="room-chart-head">
        <h2>{chartName(metric, say)}</h2>
        {isLive && <Present room={room} metric={metric} off={offLimit(room, metric, all)} />}
        <span class="quiet room-chart-limits">{limitsText(metric, limits)}</span>
      </header>
      <Chart
        label={say("room_chart_label", { metric: chartName(metric, say), room: room.name ?? room.id })}
        summary={chart.summary}
        x={x}
        lines={chart.lines}
        limits={lines}
        bands={chart.bands}
        from={from}
        to={to}
        unit={metric === "occupancy" ? say("room_people_unit") : metricUnit(metric)}
        put={put}
        plain={(value) => metricNumber(metric, value)}
        least={LEAST[metric] ?? 1}
        pointed={pointed}
      />
    </section>
  );
}

/** What it is at this moment, beside how it was. */
function Present({ room, metric, off }: { room: Room; metric: string; off: string }) {
  const say = t.value;
  const value = room[metric];
  if (typeof value !== "number" || room.state === "unknown") return <small class="room-chart-now">{say("room_now_unknown")}</small>;
  return (
    <span class={`room-chart-now off-${off}`}>
      {metricNumber(metric, value)} <small>{unitOf(metric, say)}</small>
    </span>
  );
}
