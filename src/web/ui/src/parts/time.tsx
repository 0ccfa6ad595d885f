/**
 * Moments and ages that tick by themselves. Each is drawn alone, never the row it stands in.
 */
import { language, t } from "../state/preferences";
import { now, zone } from "../state/store";
import { ago, clock, duration, exact, moment } from "../view/time";

/** `09:41`, with the exact stamp as its tooltip. */
export function Clock({ at }: { at: string }) {
  const ms = moment(at);
  if (ms === null) return <span>{at}</span>;
  return (
    <time dateTime={at} title={exact(ms, language.value, zone.value)}>
      {clock(ms, language.value, zone.value)}
    </time>
  );
}

/** `12 s ago`, with the exact stamp as its tooltip. */
export function Ago({ at }: { at: string }) {
  const ms = moment(at);
  if (ms === null) return <span>{at}</span>;
  return (
    <time dateTime={at} title={exact(ms, language.value, zone.value)}>
      {ago((now.value - ms) / 1000, t.value)}
    </time>
  );
}

/** A sentence about the time since a stamp (`seconds` is negative before it). */
export function Ticking({ at, put }: { at: string; put: (age: string, seconds: number) => string }) {
  const ms = moment(at);
  if (ms === null) return <span>{at}</span>;
  const seconds = (now.value - ms) / 1000;
  return <span title={exact(ms, language.value, zone.value)}>{put(duration(Math.abs(seconds), t.value), seconds)}</span>;
}
