/**
 * The gateway's time on this page: what it last said, carried on by this device's own clocks. Follows a gateway whose
 * day runs fast (a demonstration at 60 times) and is not fooled by a device that slept. Pure: clocks are arguments.
 */

/** Two clocks of this device. The steady one may stand still in sleep; the wall may be set. */
export interface Here {
  steady: number;
  wall: number;
}

export interface ServerClock {
  /** Milliseconds since 1970, as the gateway said. */
  said: number;
  /** When this device heard it. */
  here: Here;
  /** Gateway seconds in one second here; 1 except in a demonstration. */
  rate: number;
}

/** Two words of the gateway closer than this say nothing about how fast its time runs. */
const SHORTEST_MS = 2_000;
/** Longer than this the device may have slept, and the comparison would be about that. */
const LONGEST_MS = 15_000;
/** Within this of real time it is real time, and the rest is the network's jitter. */
const JITTER = 0.15;
const FASTEST = 3_600;

export function hear(clock: ServerClock | null, said: number, here: Here): ServerClock {
  if (clock === null) return { said, here, rate: 1 };
  const elapsed = elapsedSince(clock.here, here);
  if (elapsed < SHORTEST_MS) return { ...clock, said: Math.max(said, at(clock, here)), here };
  if (elapsed > LONGEST_MS) return { said, here, rate: clock.rate };
  const rate = (said - clock.said) / elapsed;
  if (rate <= 0 || rate > FASTEST) return { said, here, rate: clock.rate };
  return { said, here, rate: Math.abs(rate - 1) < JITTER ? 1 : rate };
}

/** The gateway's time now, in milliseconds since 1970. */
export function at(clock: ServerClock, here: Here): number {
  return clock.said + elapsedSince(clock.here, here) * clock.rate;
}

/** Real milliseconds since a moment, sleep included. */
export function elapsedSince(then: Here, now: Here): number {
  return Math.max(now.steady - then.steady, now.wall - then.wall, 0);
}
