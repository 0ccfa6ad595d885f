/**
 * How many guests should be here and how many are, over the day.
 */
import { useMemo } from "preact/hooks";
import { Chart } from "../parts/chart";
import { t } from "../state/preferences";
import { now, visits } from "../state/store";
import { curve } from "../view/arrivals";

/** The line grows by itself, but not at each tick of the clock. */
const DRAW_EVERY_MS = 60_000;

export function DayCurve({ height, times = 5 }: { height: number; times?: number }) {
  const say = t.value;
  const all = visits.value;
  const minute = Math.floor(now.value / DRAW_EVERY_MS) * DRAW_EVERY_MS;
  const drawn = useMemo(() => curve(all, minute), [all, minute]);
  return useMemo(() => {
    if (drawn === null) return null;
    const { at, expected, arrived, untimed } = drawn;
    return (
      <Chart
        label={say("curve")}
        summary={untimed > 0 ? say("curve_untimed", { n: untimed }) : undefined}
        x={at}
        lines={[
          { quantity: "expected", label: say("curve_expected"), values: expected, dashed: true, told: "last" },
          { quantity: "arrived", label: say("curve_arrived"), values: arrived, filled: true, told: "last" },
        ]}
        from={at[0] ?? 0}
        to={at[at.length - 1] ?? 0}
        unit={say("curve_unit")}
        put={(n) => say("curve_value", { n })}
        least={10}
        height={height}
        times={times}
      />
    );
  }, [drawn, say, height, times]);
}
