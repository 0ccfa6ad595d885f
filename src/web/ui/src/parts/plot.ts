/**
 * Draws a chart's lines on a canvas with uPlot: a chunk of its own, fetched by `chart.tsx` when a chart is first seen.
 * Says which moment the reader points at; knows no words.
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Value } from "../view/series";

export type BandTone = "look" | "act" | "unknown";

export interface DrawnLine {
  quantity: string;
  values: readonly Value[];
  /** The lowest and highest of each step, drawn as a pale ribbon behind the line. */
  low?: readonly Value[] | undefined;
  high?: readonly Value[] | undefined;
  dashed?: boolean | undefined;
  /** It holds its value until the next one, as counts do. */
  stepped?: boolean | undefined;
  /** Filled down to the axis. */
  filled?: boolean | undefined;
}

export interface Drawn {
  x: readonly number[];
  lines: readonly DrawnLine[];
  limits: readonly { value: number; label: string }[];
  bands: readonly { from: number; to: number; tone: BandTone }[];
  from: number;
  to: number;
  min: number;
  max: number;
  xTicks: readonly { at: number; label: string }[];
  yTicks: readonly { at: number; label: string }[];
  unit: string;
  /** Where the present is, when it is inside. */
  now: number | null;
  height: number;
}

export interface Plot {
  draw(drawn: Drawn): void;
  point(at: number | null): void;
  destroy(): void;
}

/** What the values of a ribbon's edges are drawn by: nothing. */
const UNSEEN = "transparent";
const HATCH_PX = 8;

export function plot(into: HTMLElement, first: Drawn, onPoint: (at: number | null) => void): Plot {
  let drawn = first;
  let pointed: number | null = null;
  let made = make();

  function make(): uPlot {
    const made = new uPlot(options(into, () => drawn), data(drawn), into);
    hear(made, onPoint);
    return made;
  }
  const point = (at: number | null): void => {
    pointed = at;
    const left = at === null || at < drawn.from || at > drawn.to ? -10 : made.valToPos(at, "x");
    made.setCursor({ left, top: at === null ? -10 : 0 }, false);
  };
  const size = new ResizeObserver(() => {
    if (into.clientWidth > 0 && into.clientWidth !== made.width) made.setSize({ width: into.clientWidth, height: drawn.height });
  });
  size.observe(into);
  // The colours are the page's: they change with it.
  const colours = new MutationObserver(() => made.redraw(false, true));
  colours.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return {
    draw: (next) => {
      const isAlike = kind(next) === kind(drawn);
      drawn = next;
      if (isAlike) made.setData(data(next));
      else {
        made.destroy();
        made = make();
      }
      if (pointed !== null) point(pointed);
    },
    point,
    destroy: () => {
      size.disconnect();
      colours.disconnect();
      made.destroy();
    },
  };
}

/** What cannot be changed in a chart that stands. */
function kind({ lines, height }: Drawn): string {
  const each = lines.map((line) => `${line.quantity}${line.low !== undefined} ${line.dashed} ${line.stepped} ${line.filled}`);
  return `${height} ${each.join()}`;
}

function data({ x, lines }: Drawn): uPlot.AlignedData {
  const columns = lines.flatMap(({ values, low, high }) => (low !== undefined && high !== undefined ? [high, low, values] : [values]));
  return [[...x], ...columns.map((column) => [...column])];
}

function options(into: HTMLElement, drawn: () => Drawn): uPlot.Options {
  const { lines, height } = drawn();
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  for (const line of lines) {
    const colour = (): string => css(`--q-${line.quantity}`) || css("--accent");
    const shape = line.stepped === true ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
    const paths = shape === undefined ? {} : { paths: shape };
    if (line.low !== undefined && line.high !== undefined) {
      for (let edge = 0; edge < 2; edge += 1) series.push({ stroke: UNSEEN, points: { show: false }, spanGaps: false, ...paths });
      bands.push({ series: [series.length - 2, series.length - 1], fill: () => pale(colour(), 0.2) });
    }
    series.push({
      stroke: colour,
      width: rem / 8,
      spanGaps: false,
      points: { show: true, filter: lonely, size: 5, width: 0, fill: colour },
      ...(line.dashed === true ? { dash: [6, 5] } : {}),
      ...(line.filled === true ? { fill: () => pale(colour(), 0.14) } : {}),
      ...paths,
    });
  }
  const font = `${Math.round(rem * 0.8125)}px ${getComputedStyle(document.body).fontFamily}`;
  const axis: uPlot.Axis = { font, stroke: () => css("--text-quiet"), ticks: { show: false }, border: { show: false } };
  const line: uPlot.Axis.Grid = { stroke: () => css("--line"), width: 1 };
  return {
    width: Math.max(into.clientWidth, 1),
    height,
    padding: [rem * 1.75, () => rem * (drawn().limits.length > 0 ? 2.4 : 1.4), 0, 0],
    series,
    bands,
    scales: {
      x: { time: false, range: () => [drawn().from, drawn().to] },
      y: { range: () => [drawn().min, drawn().max] },
    },
    axes: [
      { ...axis, grid: line, gap: 6, size: rem * 1.6, splits: () => drawn().xTicks.map((tick) => tick.at), values: () => drawn().xTicks.map((tick) => tick.label) },
      { ...axis, grid: line, gap: 6, size: rem * 3, splits: () => drawn().yTicks.map((tick) => tick.at), values: () => drawn().yTicks.map((tick) => tick.label) },
    ],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      bind: deaf(),
      points: { size: (u, at) => (colourOf(u, at) === UNSEEN ? 0 : 9), width: (_, __, size) => (size === 0 ? 0 : 2), stroke: () => css("--surface"), fill: colourOf },
    },
    hooks: {
      drawClear: [(u) => drawBands(u, drawn())],
      draw: [(u) => drawLimits(u, drawn(), font, rem)],
    },
  };
}

/** A value between two silences is no line: it is drawn as a dot. */
function lonely(u: uPlot, at: number): number[] {
  const values = u.data[at] as Value[];
  const isSilent = (n: number): boolean => values[n] === null || n < 0 || n >= values.length;
  return values.flatMap((value, n) => (typeof value === "number" && isSilent(n - 1) && isSilent(n + 1) ? [n] : []));
}

function drawBands(u: uPlot, { bands, from, to }: Drawn): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const mark = 3 * uPlot.pxRatio;
  for (const band of bands) {
    if (band.to <= from || band.from >= to) continue;
    const left = u.valToPos(Math.max(band.from, from), "x", true);
    const width = Math.max(u.valToPos(Math.min(band.to, to), "x", true) - left, uPlot.pxRatio);
    if (band.tone === "unknown") {
      hatch(ctx, left, bbox.top, width, bbox.height);
      continue;
    }
    const colour = css(band.tone === "act" ? "--act" : "--look-line");
    ctx.fillStyle = pale(colour, 0.16);
    ctx.fillRect(left, bbox.top, width, bbox.height);
    // Told apart without colour, too: a whole edge for what needs somebody, a broken one for what is watched.
    ctx.fillStyle = colour;
    const dash = band.tone === "act" ? width : 5 * uPlot.pxRatio;
    for (let x = 0; x < width; x += dash * 1.8) ctx.fillRect(left + x, bbox.top, Math.min(dash, width - x), mark);
  }
  ctx.restore();
}

function hatch(ctx: CanvasRenderingContext2D, left: number, top: number, width: number, height: number): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.fillStyle = css("--unknown-ground");
  ctx.fillRect(left, top, width, height);
  ctx.strokeStyle = css("--unknown-hatch");
  ctx.lineWidth = (HATCH_PX / 2) * uPlot.pxRatio;
  const apart = HATCH_PX * 1.5 * uPlot.pxRatio;
  ctx.beginPath();
  // From the canvas's edge, so that neighbouring stretches have one pattern.
  for (let x = Math.floor((left - height) / apart) * apart; x < left + width; x += apart) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

function drawLimits(u: uPlot, { limits, unit, min, max, now, from, to }: Drawn, font: string, rem: number): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = font.replace(/^\d+/, (px) => String(Number(px) * ratio));
  ctx.lineWidth = ratio;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  ctx.fillStyle = css("--text-quiet");
  ctx.fillText(unit, 6 * ratio, bbox.top - 0.7 * rem * ratio);
  if (now !== null && now > from && now < to) {
    const x = Math.round(u.valToPos(now, "x", true));
    ctx.fillStyle = css("--line-strong");
    ctx.fillRect(x, bbox.top, ratio, bbox.height);
  }
  // Beside the plot, where no line runs through them.
  ctx.textBaseline = "middle";
  ctx.fillStyle = css("--text-quiet");
  for (const { value, label } of limits) {
    if (value < min || value > max) continue;
    const y = Math.round(u.valToPos(value, "y", true));
    ctx.fillRect(bbox.left, y, bbox.width, ratio);
    ctx.fillText(label, bbox.left + bbox.width + 4 * ratio, y);
  }
  ctx.restore();
}

/** Mouse, pen and finger in one way; a finger that goes up or down scrolls the page. */
function hear(u: uPlot, onPoint: (at: number | null) => void): void {
  const over = u.over;
  over.style.touchAction = "pan-y";
  const at = (event: PointerEvent): void => {
    const left = event.clientX - over.getBoundingClientRect().left;
    onPoint(u.posToVal(Math.min(Math.max(left, 0), over.clientWidth), "x"));
  };
  over.addEventListener("pointermove", at);
  over.addEventListener("pointerdown", at);
  over.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && onPoint(null));
}

/** The chart's own listening is off: pointing is told from outside, so that several charts can show one moment. */
function deaf(): uPlot.Cursor.Bind {
  const none = (): null => null;
  return { mousedown: none, mouseup: none, click: none, dblclick: none, mousemove: none, mouseleave: none, mouseenter: none };
}

function colourOf(u: uPlot, at: number): string {
  const stroke = u.series[at]?.stroke;
  const colour = typeof stroke === "function" ? stroke(u, at) : stroke;
  return typeof colour === "string" ? colour : UNSEEN;
}

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A token's colour, `#rrggbb`, let through. */
function pale(colour: string, share: number): string {
  return /^#[\da-f]{6}$/i.test(colour) ? colour + Math.round(share * 255).toString(16).padStart(2, "0") : colour;
}
