/**
 * A small line without axes, beside the number it belongs to: which way it goes, and where nothing was heard.
 */
import "../styles/parts/sparkline.css";
import { sparkPath, type SparkBox } from "../view/spark";
import type { Value } from "../view/series";

export interface SparklineProps {
  values: readonly Value[];
  /** Names its hue: `--q-temperature`. */
  quantity: string;
  /** Drawn where the line comes near them. */
  limits?: readonly number[];
  /** The smallest stretch of values worth the whole height. */
  least: number;
  /** Said in place of it; without, it is an ornament to the number beside it. */
  label?: string;
}

const BOX: SparkBox = { width: 100, height: 24, margin: 2 };

export function Sparkline({ values, quantity, limits = [], least, label }: SparklineProps) {
  const { line, limitsAt } = sparkPath(values, limits, least, BOX);
  const said = label === undefined ? { "aria-hidden": true as const } : { role: "img" as const, "aria-label": label };
  return (
    <svg class="spark" style={{ color: `var(--q-${quantity}, var(--accent))` }} viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" {...said}>
      {limitsAt.map((y) => (
        <line key={y} class="spark-limit" x1="0" x2={BOX.width} y1={y} y2={y} />
      ))}
      <path class="spark-line" d={line} />
    </svg>
  );
}
