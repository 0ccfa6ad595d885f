/**
 * A chart over time: lines with their limits, breaches and silences, the values at the moment one points at in words,
 * and all of it as a table. The drawing itself is fetched when the first chart is seen.
 */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, t } from "../state/preferences";
import { now, zone } from "../state/store";
import "../styles/parts/chart.css";
import { timeTicks, valueScale } from "../view/axis";
import { chartStamp, chartTick } from "../view/chart-time";
import { extremes, nearest, neighbour, shownAt, tableRows, type Row, type Value } from "../view/series";
import { chart as words } from "../words/pages/chart";
import { learn } from "../words/speak";
import type { BandTone, Drawn, Plot } from "./plot";

learn(words);

export interface ChartLine {
  /** Names its hue: `--q-temperature`. */
  quantity: string;
  /** Said where there is more than one line. */
  label: string;
  /** One a moment of `x`; null is a gap, undefined a moment at which nothing was due (see `bridged`). */
  values: readonly Value[];
  low?: readonly Value[];
  high?: readonly Value[];
  dashed?: boolean;
  stepped?: boolean;
  filled?: boolean;
  /** What a table's row says of it; `last` for what only grows. */
  told?: "mean" | "last";
}

export interface ChartBand {
  from: number;
  to: number;
  tone: BandTone;
  /** Said when one points at it; by its tone where nothing is given. */
  label?: string;
}

/** It is drawn again when one of these is another: who draws often keeps the lists that have not changed. */
export interface ChartProps {
  /** What the chart shows, for who does not see it. */
  label: string;
  /** What it shows in a sentence or two, in sight below it. */
  summary?: string | undefined;
  /** Seconds since 1970, rising. */
  x: readonly number[];
  lines: readonly ChartLine[];
  /** The label stands beside the line: a number, its unit is the axis's. */
  limits?: readonly { value: number; label: string }[];
  bands?: readonly ChartBand[];
  /** Seconds since 1970. */
  from: number;
  to: number;
  unit: string;
  /** A value with its unit, `27.5 °C`. */
  put: (value: number) => string;
  /** The same without its unit, where that has just been said. */
  plain?: (value: number) => string;
  /** The smallest stretch of values worth the whole height. */
  least?: number;
  height?: number;
  /** At most so many times are written below it. */
  times?: number;
  /** The moment pointed at; charts that share it show the same one. */
  pointed?: Signal<number | null>;
}

export function Chart(props: ChartProps) {
  const own = useSignal<number | null>(null);
  const pointed = props.pointed ?? own;
  const { canvas, state } = usePlot(props, pointed);
  const at = pointed.value === null ? null : nearest(props.x, pointed.value);
  const shown = at ?? lastKnown(props);
  const told: Part[] = shown === null ? [{ text: t.value("chart_no_data") }] : readout(props, shown);
  const first = props.x[0] ?? props.from;
  return (
    <figure class="chart">
      <p class={`chart-readout ${at === null ? "" : "chart-pointed"}`} aria-hidden="true">
        {told.map((part) => (
          <span key={part.line?.quantity ?? part.text}>
            {part.line !== undefined && props.lines.length > 1 && <Key line={part.line} />}
            {part.text}
            {part.more !== undefined && <small> {part.more}</small>}
          </span>
        ))}
      </p>
      <div
        ref={canvas}
        class="chart-canvas"
        role="slider"
        tabIndex={0}
        aria-label={props.label}
        aria-valuemin={first}
        aria-valuemax={props.x[props.x.length - 1] ?? first}
        aria-valuenow={props.x[shown ?? 0] ?? first}
        aria-valuetext={told.flatMap(({ text, more = [] }) => [text, more].flat()).join(t.value("comma"))}
        style={{ height: `${props.height ?? usual()}px` }}
        onKeyDown={(event) => step(event, props, pointed)}
        onBlur={() => (pointed.value = null)}
      >
        {state !== "drawn" && <span class="chart-state quiet">{t.value(state === "failed" ? "chart_failed" : "chart_loading")}</span>}
      </div>
      {props.summary !== undefined && <figcaption class="quiet">{props.summary}</figcaption>}
      <Table {...props} />
    </figure>
  );
}

/** So high that four of them stand on a desk's screen, and as much higher as the letters on a wall. */
const HEIGHT_REM = 13;

function usual(): number {
  return HEIGHT_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Holds the drawing in step with the properties, the language and the moment pointed at. */
function usePlot(props: ChartProps, pointed: Signal<number | null>) {
  const canvas = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [state, setState] = useState<"waiting" | "drawn" | "failed">("waiting");
  useEffect(() => {
    let isWanted = true;
    import("./plot").then(
      (module) => {
        if (!isWanted || canvas.current === null) return;
        plot.current = module.plot(canvas.current, toDraw(latest.current), (at) => (pointed.value = at));
        setState("drawn");
      },
      () => setState("failed"),
    );
    return () => {
      isWanted = false;
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  const { x, lines, limits, bands, from, to, unit, least, height, times } = props;
  useEffect(() => plot.current?.draw(toDraw(props)), [x, lines, limits, bands, from, to, unit, least, height, times, language.value, zone.value]);
  const moment = pointed.value === null ? null : nearest(props.x, pointed.value);
  useEffect(() => plot.current?.point(moment === null ? null : (props.x[moment] ?? null)), [moment, props.x, state]);
  return { canvas, state };
}

function toDraw({ x, lines, limits = [], bands = [], from, to, unit, least = 1, height = usual(), times }: ChartProps): Drawn {
  const inside = (column: readonly Value[] | undefined): readonly Value[] => column ?? [];
  const ends = lines.flatMap((line) => [line.values, inside(line.low), inside(line.high)]).flatMap((column) => {
    const found = extremes(x, column);
    return found === null ? [] : [found.low.value, found.high.value];
  });
  const all = [...ends, ...limits.map((limit) => limit.value)];
  const scale = all.length === 0 ? valueScale(0, least, least) : valueScale(Math.min(...all), Math.max(...all), least);
  return {
    x,
    lines,
    limits,
    bands,
    from,
    to,
    min: scale.min,
    max: scale.max,
    xTicks: timeTicks(from, to, zone.value, times).map((at) => ({ at, label: chartTick(at, to - from, language.value, zone.value) })),
    yTicks: scale.ticks.map((at) => ({ at, label: at.toFixed(scale.digits) })),
    unit,
    now: now.peek() / 1000,
    height,
  };
}

/** The newest moment at which every line has a value, else any; null where there is none. */
function lastKnown({ x, lines }: ChartProps): number | null {
  const isKnown = (at: number) => (line: ChartLine): boolean => typeof line.values[at] === "number";
  for (let at = x.length - 1; at >= 0; at -= 1) if (lines.every(isKnown(at))) return at;
  for (let at = x.length - 1; at >= 0; at -= 1) if (lines.some(isKnown(at))) return at;
  return null;
}

interface Part {
  text: string;
  more?: string;
  line?: ChartLine;
}

/** `14:05`, `23.4 °C` with `23.1 to 23.9`, `alert` */
function readout({ x, lines, bands = [], from, to, put, plain = put }: ChartProps, at: number): Part[] {
  const say = t.value;
  const time = x[at] ?? from;
  const values = lines.map((line): Part => {
    const value = shownAt(x, line.values, at);
    const [low, high] = [line.low?.[at], line.high?.[at]];
    const spread = typeof low === "number" && typeof high === "number" && put(low) !== put(high);
    const told = value === null ? say("chart_no_data") : put(value);
    return {
      line,
      text: lines.length > 1 ? `${line.label} ${told}` : told,
      ...(spread ? { more: say("chart_from_to", { low: plain(low), high: plain(high) }) } : {}),
    };
  });
  const inside = bands.filter((band) => band.tone !== "unknown" && time >= band.from && time <= band.to);
  const over = [...new Set(inside.map((band) => band.label ?? say(`chart_band_${band.tone}`)))];
  return [{ text: chartStamp(time, to - from, language.value, zone.value) }, ...values, ...over.map((text) => ({ text }))];
}

/** What the tints of a chart mean, once for all that stand together. */
export function BandKeys() {
  return (
    <ul class="chart-keys quiet">
      {(["look", "act", "unknown"] as const).map((tone) => (
        <li key={tone}>
          <span class={`chart-band chart-band-${tone}`} aria-hidden="true" />
          {t.value(`chart_band_${tone}`)}
        </li>
      ))}
    </ul>
  );
}

/** Which of the lines it is. */
function Key({ line: { quantity, dashed = false } }: { line: ChartLine }) {
  return (
    <svg class="chart-key" style={{ color: `var(--q-${quantity}, var(--accent))` }} viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
      <path d="M1 5h16" {...(dashed ? { "stroke-dasharray": "5 3" } : {})} />
    </svg>
  );
}

/** By arrow to the next value, by page to a tenth further, Home and End to the ends, Escape back to the present. */
function step(event: KeyboardEvent, { x, lines }: ChartProps, pointed: Signal<number | null>): void {
  const values = lines[0]?.values ?? [];
  const here = (pointed.value === null ? null : nearest(x, pointed.value)) ?? x.length - 1;
  const far = Math.max(2, Math.round(x.length / 10));
  const moves: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far, Home: -x.length, End: x.length };
  const by = moves[event.key];
  if (event.key === "Escape" && pointed.value !== null) pointed.value = null;
  else if (by !== undefined && x.length > 0) pointed.value = x[neighbour(values, here, by)] ?? null;
  else return;
  event.preventDefault();
}

function Table(props: ChartProps) {
  const say = t.value;
  const [open, setOpen] = useState(false);
  const rows = open ? tableRows(props.x, props.lines.map((line) => line.values), props.from, props.to) : [];
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{say("chart_table")}</summary>
      {open && (
        <div class="chart-scroll" tabIndex={0} role="group" aria-label={props.label}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say("chart_table_time")}</th>
                {headings(props)}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.from}>
                  <th scope="row">{chartStamp(row.from, props.to - props.from, language.value, zone.value)}</th>
                  {cells(row, props)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

function headings({ lines }: ChartProps) {
  const say = t.value;
  if (lines.length > 1) {
    return lines.map((line) => (
      <th key={line.label} scope="col">
        {line.label}
      </th>
    ));
  }
  return (["mean", "low", "high"] as const).map((name) => (
    <th key={name} scope="col">
      {say(`chart_table_${name}`)}
    </th>
  ));
}

function cells({ cells: some }: Row, { lines, put }: ChartProps) {
  const none = t.value("chart_no_data");
  if (lines.length > 1) {
    return some.map((cell, n) => <td key={n}>{cell === null ? none : put(cell[lines[n]?.told ?? "mean"])}</td>);
  }
  const only = some[0] ?? null;
  if (only === null) return <td colSpan={3}>{none}</td>;
  return (["mean", "low", "high"] as const).map((name) => <td key={name}>{put(only[name])}</td>);
}
