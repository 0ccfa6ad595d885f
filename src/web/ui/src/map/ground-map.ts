/**
 * The map itself (MapLibre GL): made once, moved, zoomed and given new lines to draw. North is always up. Knows nothing
 * of vehicles. It is served from the gateway like all else: the worker is a file, text is drawn with this device's fonts.
 */
import { Map as Gl, addProtocol, setWorkerUrl, type GeoJSONSource } from "maplibre-gl/dist/maplibre-gl-csp.js";
import workerUrl from "maplibre-gl/dist/maplibre-gl-csp-worker.js?url";
import type { MapView } from "../state/map-view";
import { TILE_SCHEME } from "../view/basemap";
import type { Area, Bounds, Features, Line } from "../view/ground";
import { DRAWN, mapStyle, type Drawn, type Look } from "../view/map-style";
import type { Place } from "../view/sketch";
import { tile } from "./tiles";

setWorkerUrl(workerUrl);
addProtocol(TILE_SCHEME, async ({ url }, abort) => ({ data: await tile(url, abort.signal) }));

/** A single place is not shown closer than a street. */
const CLOSEST_FIT = 15;
/** Names stand on the right of their vehicles. */
const FIT_PADDING = { top: 48, bottom: 56, left: 40, right: 128 };
const EASE_MS = 500;

interface Hands {
  /** The ground has moved under whatever lies over it. */
  moved: () => void;
  /** It stands still. */
  settled: () => void;
  /** A person has dragged it. */
  dragged: () => void;
}

export class GroundMap {
  private readonly gl: Gl;
  private readonly data: Record<Drawn, object>;
  private look: Look;
  private ready = false;
  private goingUntil = 0;

  /** Throws where the browser has no WebGL. */
  constructor(container: HTMLElement, label: string, look: Look, view: MapView | null, hands: Hands) {
    this.look = look;
    this.data = Object.fromEntries(DRAWN.map((name) => [name, { type: "FeatureCollection", features: [] }])) as Record<Drawn, object>;
    this.gl = new Gl({
      container,
      style: mapStyle(look),
      center: view === null ? [0, 0] : [view.middle.lon, view.middle.lat],
      zoom: view?.zoom ?? 1,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      renderWorldCopies: false,
      fadeDuration: 0,
      locale: { "Map.Title": label },
      maplibreLogo: false,
    });
    this.gl.touchZoomRotate.disableRotation();
    this.gl.keyboard.disableRotation();
    const canvas = this.gl.getCanvas();
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-describedby", "map-hint");
    this.gl.on("move", hands.moved);
    this.gl.on("resize", hands.moved);
    this.gl.on("moveend", hands.settled);
    this.gl.on("dragstart", (event) => event.originalEvent !== undefined && hands.dragged());
    this.gl.on("style.load", () => {
      this.ready = true;
      for (const name of DRAWN) this.put(name);
      hands.moved();
      hands.settled();
    });
  }

  /** What lies over the ground goes in here, so that a drag that begins on it moves the map all the same. */
  get over(): HTMLElement {
    return this.gl.getCanvasContainer();
  }

  draw(name: Drawn, features: Features<Line> | Features<Area>): void {
    this.data[name] = features;
    if (this.ready) this.put(name);
  }

  private put(name: Drawn): void {
    this.gl.getSource<GeoJSONSource>(name)?.setData(this.data[name] as never);
  }

  /** Other colours, other language, or a map file that has come. */
  dress(look: Look): void {
    this.look = look;
    // What is not there yet cannot be compared with: it is taken anew, and told as ready once more.
    this.gl.setStyle(mapStyle(this.look), { diff: this.ready });
    if (this.ready) for (const name of DRAWN) this.put(name);
  }

  label(label: string): void {
    this.gl.getCanvas().setAttribute("aria-label", label);
  }

  project(place: Place): { x: number; y: number } {
    return this.gl.project([place.lon, place.lat]);
  }

  get view(): MapView {
    const { lat, lng } = this.gl.getCenter();
    return { middle: { lat, lon: lng }, zoom: this.gl.getZoom() };
  }

  get window(): Bounds {
    const bounds = this.gl.getBounds();
    return { south: bounds.getSouth(), west: bounds.getWest(), north: bounds.getNorth(), east: bounds.getEast() };
  }

  fit({ south, west, north, east }: Bounds, atOnce: boolean): void {
    this.gl.fitBounds([[west, south], [east, north]], { padding: FIT_PADDING, maxZoom: CLOSEST_FIT, duration: atOnce ? 0 : EASE_MS });
  }

  /** Over to a place; `closer` is the least zoom to look at it from. */
  goTo(place: Place, closer: number): void {
    this.goingUntil = performance.now() + EASE_MS;
    this.gl.easeTo({ center: [place.lon, place.lat], zoom: Math.max(this.gl.getZoom(), closer), duration: EASE_MS });
  }

  /** Along with what moves there, evenly and for as long; not before it has come to where it goes. */
  along(place: Place, lasts: number): void {
    if (performance.now() < this.goingUntil) return;
    this.gl.easeTo({ center: [place.lon, place.lat], duration: lasts, easing: (share) => share });
  }

  zoomBy(steps: number): void {
    this.gl.easeTo({ zoom: this.gl.getZoom() + steps, duration: EASE_MS / 2 });
  }

  remove(): void {
    this.gl.remove();
  }
}
