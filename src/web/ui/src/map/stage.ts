/**
 * Holds elements at their places over the map: each frame that the map moves, and each frame that a vehicle glides.
 */
import { at, isOver, toward, type Glide } from "../view/glide";
import { spreadLabels, type Place } from "../view/sketch";

interface Pin {
  element: HTMLElement;
  glide: Glide;
  /** When its last fix was drawn. */
  heard: number;
  /** Gives way to others: its label is moved down where they stand close together. */
  labelled: boolean;
}

/** Labels change places at most this often: names that hop are not read. */
const SPREAD_EVERY_MS = 400;
const LABEL = { width: 104, height: 24 };

export class Stage {
  private readonly pins = new Map<string, Pin>();
  private frame: number | null = null;
  private spreadTimer: ReturnType<typeof setTimeout> | null = null;

  /** `still`: the reader wants nothing to move by itself. */
  constructor(
    private readonly project: (place: Place) => { x: number; y: number },
    private readonly still: () => boolean,
  ) {}

  pin(key: string, element: HTMLElement, place: Place, labelled: boolean): void {
    const now = performance.now();
    const before = this.pins.get(key);
    if (before === undefined) {
      this.pins.set(key, { element, glide: { from: place, to: place, begun: now, lasts: 0 }, heard: now, labelled });
      this.hold(this.pins.get(key) as Pin, now);
    } else if (before.glide.to.lat !== place.lat || before.glide.to.lon !== place.lon) {
      const glide = toward(at(before.glide, now), place, now, before.heard);
      before.glide = this.still() ? { ...glide, lasts: 0 } : glide;
      before.heard = now;
      this.frame ??= requestAnimationFrame(() => this.tick());
    }
    if (labelled) this.spreadSoon();
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
      if (pin.glide.lasts === 0 && pin.heard < now - SPREAD_EVERY_MS) continue;
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
    }, SPREAD_EVERY_MS);
  }

  private spread(): void {
    const now = performance.now();
    const labelled = [...this.pins.values()].filter((pin) => pin.labelled);
    const downs = spreadLabels(labelled.map((pin) => this.project(at(pin.glide, now))), LABEL);
    labelled.forEach((pin, n) => pin.element.style.setProperty("--down", `${(downs[n] ?? 0).toFixed(0)}px`));
  }
}
