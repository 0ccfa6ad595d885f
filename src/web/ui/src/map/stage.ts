/**
 * Holds elements at their places over the map: each frame that the map moves, and each frame that a vehicle glides.
 */
import { at, isOver, toward, type Glide } from "../view/glide";
import { placeLabels, type Spot } from "../view/labels";
import type { Place } from "../view/sketch";

interface Pin {
  element: HTMLElement;
  glide: Glide;
  /** When its last fix was drawn. */
  heard: number;
  naming: Naming;
  spot: Spot | null;
}

/** How its name stands to the others': the least rank chooses its place first. */
export interface Naming {
  rank: number;
  /** Above its place and not beside it. */
  above: boolean;
  /** Left out where there is no room. */
  givesWay: boolean;
}

/** Labels change places at most this often: names that hop are not read. */
const SPREAD_EVERY_MS = 400;
/** The first time, once all are there. */
const SPREAD_FIRST_MS = 50;

export class Stage {
  private readonly pins = new Map<string, Pin>();
  private frame: number | null = null;
  private spreadTimer: ReturnType<typeof setTimeout> | null = null;
  private isSpread = false;

  /** `still`: the reader wants nothing to move by itself. */
  constructor(
    private readonly project: (place: Place) => { x: number; y: number },
    private readonly still: () => boolean,
    private readonly wide: () => number,
  ) {}

  pin(key: string, element: HTMLElement, place: Place, naming: Naming): void {
    const now = performance.now();
    const before = this.pins.get(key);
    if (before === undefined) {
      this.pins.set(key, { element, glide: { from: place, to: place, begun: now, lasts: 0 }, heard: now, naming, spot: null });
      this.hold(this.pins.get(key) as Pin, now);
      this.spreadSoon();
      return;
    }
    before.naming = naming;
    if (before.glide.to.lat !== place.lat || before.glide.to.lon !== place.lon) {
      const glide = toward(at(before.glide, now), place, now, before.heard);
      before.glide = this.still() ? { ...glide, lasts: 0 } : glide;
      before.heard = now;
      this.frame ??= requestAnimationFrame(() => this.tick());
    }
    this.spreadSoon();
  }

  unpin(key: string): void {
    this.pins.delete(key);
    this.spreadSoon();
  }

  /** Where something is drawn just now. */
  shown(key: string): Place | null {
    const pin = this.pins.get(key);
    return pin === undefined ? null : at(pin.glide, performance.now());
  }

  /** How long it still glides. */
  left(key: string): number {
    const pin = this.pins.get(key);
    return pin === undefined ? 0 : Math.max(0, pin.glide.begun + pin.glide.lasts - performance.now());
  }

  /** The map has moved. */
  holdAll(): void {
    const now = performance.now();
    for (const pin of this.pins.values()) this.hold(pin, now);
    this.spreadSoon();
  }

  stop(): void {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    if (this.spreadTimer !== null) clearTimeout(this.spreadTimer);
    this.pins.clear();
  }

  private tick(): void {
    const now = performance.now();
    let moving = false;
    for (const pin of this.pins.values()) {
      this.hold(pin, now);
      if (isOver(pin.glide, now)) pin.glide = { ...pin.glide, lasts: 0, begun: now, from: pin.glide.to };
      else moving = true;
    }
    this.frame = moving ? requestAnimationFrame(() => this.tick()) : null;
  }

  private hold(pin: Pin, now: number): void {
    const { x, y } = this.project(at(pin.glide, now));
    pin.element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }

  private spreadSoon(): void {
    this.spreadTimer ??= setTimeout(() => {
      this.spreadTimer = null;
      this.spread();
    }, this.isSpread ? SPREAD_EVERY_MS : SPREAD_FIRST_MS);
  }

  private spread(): void {
    this.isSpread = true;
    const now = performance.now();
    const pins = [...this.pins.values()].sort((a, b) => a.naming.rank - b.naming.rank);
    const labels = pins.map((pin) => {
      const name = pin.element.querySelector<HTMLElement>(".pin-label");
      const [width, height] = [name?.offsetWidth ?? 0, name?.offsetHeight ?? 0];
      return { ...this.project(at(pin.glide, now)), width, height, ...pin.naming, before: pin.spot };
    });
    placeLabels(labels, this.wide()).forEach((spot, n) => {
      const { element } = (pins[n] as Pin);
      (pins[n] as Pin).spot = spot;
      element.dataset["side"] = spot.side;
      element.dataset["way"] = spot.down === 0 ? "level" : spot.down > 0 ? "down" : "up";
      element.style.setProperty("--down", `${spot.down}px`);
      element.style.setProperty("--far", `${Math.abs(spot.down)}px`);
    });
  }
}
