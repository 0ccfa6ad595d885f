/**
 * Keeps the map in step with what the page knows: lines, the chosen vehicle, colours, language. Draws no words.
 */
import { effect, signal } from "@preact/signals";
import { language, t } from "../state/preferences";
import { chosen, day, listed, pastTrails, zones } from "../state/fleet";
import { following, keepView, keptView } from "../state/map-view";
import { now, present, trails } from "../state/store";
import type { TileFile } from "../view/basemap";
import { areas, boundsOf, collect, grid, joined, trackLines, trailLines, wayTo, type Bounds } from "../view/ground";
import { TOKENS, type Look, type Palette } from "../view/map-style";
import { metres, scaleBar, type Place } from "../view/sketch";
import { GroundMap } from "./ground-map";
import { pinOf } from "./markers";
import { Stage } from "./stage";
import { openTiles } from "./tiles";

/** Trails and the ways to pick-ups follow their vehicles at this pace. */
const LINES_EVERY_MS = 1_000;
/** As long as a vehicle may glide after its last fix. Where nothing glides, trails only fade. */
const GLIDES_MS = 4_000;
const FADES_MS = 20_000;
/** A chosen vehicle is looked at from here or closer. */
const CHOSEN_ZOOM = 14;
/** The bar that tells the scale is at most so long. */
const BAR_PX = 110;
/** Trails of the others while one is chosen. */
const ASIDE = 0.3;

export interface Bar {
  metres: number;
  px: number;
}

export class Scene {
  readonly stage: Stage;
  readonly bar = signal<Bar | null>(null);
  readonly attribution = signal("");
  /** Why the map file cannot be read. */
  readonly tilesFailed = signal<string | null>(null);
  private readonly map: GroundMap;
  private readonly ends: (() => void)[] = [];
  private file: TileFile | null = null;
  private fitted = false;

  /** Throws where the browser has no WebGL. */
  constructor(container: HTMLElement) {
    const view = keptView();
    this.fitted = view !== null;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.stage = new Stage((place) => this.map.project(place), () => still.matches, () => container.clientWidth);
    this.map = new GroundMap(container, t.peek()("map_label"), this.look(), view, {
      moved: () => this.stage.holdAll(),
      settled: () => this.settled(),
      dragged: () => (following.value = false),
    });
    following.value = true;
    this.keepUp();
    this.dressUp();
    this.openFile();
  }

  /** Where what lies over the map goes. */
  get over(): HTMLElement {
    return this.map.over;
  }

  /** Everything there is to see: vehicles and where they go next, else zones. */
  fit(atOnce = false): void {
    const bounds = this.everything();
    if (bounds === null) return;
    following.value = false;
    this.map.fit(bounds, atOnce);
  }

  zoomBy(steps: number): void {
    this.map.zoomBy(steps);
  }

  end(): void {
    for (const end of this.ends) end();
    following.value = null;
    if (this.fitted) keepView(this.map.view);
    this.stage.stop();
    this.map.remove();
  }

  private everything(): Bounds | null {
    const places = listed.peek().flatMap((vehicle) => [vehicle, vehicle.next ?? { lat: null, lon: null }]);
    const known = places.flatMap(({ lat, lon }): Place[] => (lat === null || lon === null ? [] : [{ lat, lon }]));
    return boundsOf(known) ?? boundsOf((zones.peek() ?? []).flatMap((zone) => zone.ring.map(([lon, lat]) => ({ lat, lon }))));
  }

  private keepUp(): void {
    this.ends.push(
      effect(() => this.map.draw("zones", areas(zones.value ?? []))),
      effect(() => {
        const shown = day.value;
        this.map.draw("day", collect(shown === null ? [] : trackLines(shown.vehicle, shown.points, shown.thinned)));
      }),
      effect(() => {
        // The first positions, or the first zones, say where the venue is.
        void [listed.value, zones.value];
        if (this.fitted || this.everything() === null) return;
        this.fitted = true;
        // The chosen one is gone to by itself.
        const isChosen = listed.peek().some((one) => one.id === chosen.peek() && one.lat !== null);
        if (!isChosen) this.map.fit(this.everything() as Bounds, true);
      }),
    );
    let [changed, drawn] = [0, 0];
    this.ends.push(
      effect(() => {
        void [listed.value, pastTrails.value];
        changed = performance.now();
      }),
      effect(() => {
        void chosen.value;
        this.drawLines();
      }),
    );
    const lines = setInterval(() => {
      const at = performance.now();
      if (at - changed > GLIDES_MS && at - drawn < FADES_MS) return;
      drawn = at;
      this.drawLines();
    }, LINES_EVERY_MS);
    this.ends.push(() => clearInterval(lines));
    this.follow();
  }

  private follow(): void {
    let held: string | null = null;
    this.ends.push(
      effect(() => {
        const [id, follows] = [chosen.value, following.value];
        const vehicle = listed.value.find((one) => one.id === id);
        if (id === null) held = null;
        if (vehicle === undefined || vehicle.lat === null || vehicle.lon === null) return;
        const place = { lat: vehicle.lat, lon: vehicle.lon };
        if (id !== held) {
          held = id;
          following.value = true;
          this.map.goTo(place, CHOSEN_ZOOM);
        } else if (follows === true) {
          // After the pins have learnt of the same fix, so that map and arrow arrive together.
          requestAnimationFrame(() => this.map.along(place, this.stage.left(pinOf(vehicle.id))));
        }
      }),
    );
  }

  private drawLines(): void {
    const at = now.peek();
    const open = chosen.peek();
    const live = trails.peek();
    const past = pastTrails.peek();
    const [tails, ways] = [[], []] as [ReturnType<typeof trailLines>, ReturnType<typeof trailLines>];
    for (const vehicle of listed.peek()) {
      const shown = this.stage.shown(pinOf(vehicle.id));
      if (shown === null) continue;
      const trail = joined(past.get(vehicle.id) ?? [], live.get(vehicle.id) ?? []);
      // Not ahead of the arrow: where it glides to, it has not been yet.
      const behind = this.stage.left(pinOf(vehicle.id)) > 0 ? trail.slice(0, -1) : trail;
      const mine = trailLines(vehicle.id, behind, shown, at);
      const aside = open !== null && open !== vehicle.id;
      for (const piece of mine) tails.push(aside ? { ...piece, properties: { ...piece.properties, fade: Number(piece.properties["fade"]) * ASIDE } } : piece);
      const next = vehicle.next ?? null;
      if (next !== null && next.lat !== null && next.lon !== null && !aside) {
        ways.push(wayTo(vehicle.id, shown, { lat: next.lat, lon: next.lon }, next.at_risk));
      }
    }
    this.map.draw("trails", collect(tails));
    this.map.draw("ways", collect(ways));
  }

  private settled(): void {
    const view = this.map.view;
    if (this.fitted) keepView(view);
    const window = this.map.window;
    this.map.draw("grid", grid(window).lines);
    const px = this.map.project({ lat: view.middle.lat, lon: window.east }).x - this.map.project({ lat: view.middle.lat, lon: window.west }).x;
    const wide = 2 * metres(view.middle, { lat: view.middle.lat, lon: window.east }).x;
    if (!(px > 0) || !(wide > 0)) return;
    const length = scaleBar((BAR_PX * wide) / px);
    this.bar.value = { metres: length, px: Math.round((length * px) / wide) };
  }

  private dressUp(): void {
    let first = true;
    const dress = (): void => {
      this.map.dress(this.look());
    };
    this.ends.push(
      effect(() => {
        void language.value;
        if (!first) dress();
        first = false;
        this.map.label(t.value("map_label"));
      }),
    );
    const themes = new MutationObserver(dress);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.ends.push(() => themes.disconnect());
  }

  private openFile(): void {
    let over = false;
    this.ends.push(() => (over = true));
    if (present.peek()?.site.tiles !== true) return;
    openTiles().then(
      (file) => {
        if (over) return;
        this.file = file;
        this.attribution.value = file.attribution;
        this.map.dress(this.look());
      },
      (reason: unknown) => {
        if (!over) this.tilesFailed.value = reason instanceof Error ? reason.message : String(reason);
      },
    );
  }

  private look(): Look {
    const root = document.documentElement;
    const styles = getComputedStyle(root);
    const colours = Object.fromEntries(TOKENS.map((name) => [name, styles.getPropertyValue(`--${name}`).trim()]));
    const palette = { ...colours, dark: root.dataset["theme"] === "dark" } as Palette;
    return { palette, file: this.file ?? null, language: language.peek() };
  }
}
