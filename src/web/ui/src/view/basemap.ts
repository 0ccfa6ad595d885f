/**
 * A quiet ground from whatever map file the operator has put there: the layers of Protomaps and of OpenMapTiles by
 * their names, or pictures. Only what tells a driver's place: water, green, roads, buildings, borders, names. Pure.
 */
import type { FilterSpecification, LayerSpecification, SourceSpecification } from "maplibre-gl";

export interface GroundColours {
  water: string;
  green: string;
  building: string;
  road: string;
  roadEdge: string;
  border: string;
  name: string;
  halo: string;
  /** Of pictures, whose colours are not ours: how bright they may be. */
  brightest: number;
}

/** Neutral: colour on this map means the state of a vehicle. */
export const GROUND: Readonly<Record<"light" | "dark", GroundColours>> = {
  light: {
    water: "#d3dee8",
    green: "#e3e8e1",
    building: "#e0e2e6",
    road: "#ffffff",
    roadEdge: "#d3d7dd",
    border: "#a9afb9",
    name: "#59616d",
    halo: "#f3f4f6",
    brightest: 1,
  },
  dark: {
    water: "#0f1720",
    green: "#191f1d",
    building: "#22272f",
    road: "#303743",
    roadEdge: "#1f242c",
    border: "#56606e",
    name: "#a0a9b5",
    halo: "#14171c",
    brightest: 0.4,
  },
};

/** What a map file says of itself. */
export interface TileFile {
  vector: boolean;
  /** Of a vector file: what its layers are called. */
  layers: string[];
  minZoom: number;
  maxZoom: number;
  bounds: [west: number, south: number, east: number, north: number];
  /** Whose map it is, as plain words. */
  attribution: string;
}

export const GROUND_SOURCE = "ground";
/** The address that the page itself answers for a tile. */
export const TILE_SCHEME = "portico-tiles";

export function groundSource(file: TileFile): SourceSpecification {
  const common = {
    tiles: [`${TILE_SCHEME}://{z}/{x}/{y}`],
    minzoom: file.minZoom,
    maxzoom: file.maxZoom,
    bounds: file.bounds,
  };
  return file.vector ? { type: "vector", ...common } : { type: "raster", tileSize: 256, ...common };
}

/** `language` is that of the names, where the file has them in several. */
export function groundLayers(file: TileFile, colours: GroundColours, language: string): LayerSpecification[] {
  if (!file.vector) return [{ id: "ground-pictures", type: "raster", source: GROUND_SOURCE, paint: { "raster-saturation": -0.6, "raster-brightness-max": colours.brightest } }];
  const has = (name: string): boolean => file.layers.includes(name);
  const found: LayerSpecification[] = [];
  for (const name of ["landcover", "landuse", "park", "natural"].filter(has)) found.push(green(name, colours));
  if (has("water")) found.push(...water("water", colours));
  if (has("waterway")) found.push(stream("waterway", colours));
  for (const name of ["buildings", "building"].filter(has)) {
    found.push({ id: `ground-${name}`, type: "fill", source: GROUND_SOURCE, "source-layer": name, minzoom: 13, paint: { "fill-color": colours.building } });
  }
  for (const name of ["roads", "transportation"].filter(has)) found.push(...roads(name, colours));
  for (const name of ["boundaries", "boundary"].filter(has)) {
    found.push({ id: `ground-${name}`, type: "line", source: GROUND_SOURCE, "source-layer": name, paint: { "line-color": colours.border, "line-width": 1, "line-dasharray": [3, 2] } });
  }
  for (const name of ["roads", "transportation_name"].filter(has)) found.push(roadNames(name, colours, language));
  for (const name of ["places", "place"].filter(has)) found.push(placeNames(name, colours, language));
  return found;
}

const GREEN = ["park", "wood", "forest", "grass", "grassland", "garden", "cemetery", "nature_reserve", "golf_course", "pitch", "recreation_ground", "scrub", "meadow"];
/** Protomaps says `kind`, OpenMapTiles `class`. */
const KIND = ["coalesce", ["get", "kind"], ["get", "class"], ""];

function of(...kinds: string[]): FilterSpecification {
  return ["in", KIND, ["literal", kinds]] as unknown as FilterSpecification;
}

function green(name: string, colours: GroundColours): LayerSpecification {
  const all = name === "park";
  return {
    id: `ground-${name}`,
    type: "fill",
    source: GROUND_SOURCE,
    "source-layer": name,
    ...(all ? {} : { filter: of(...GREEN) }),
    paint: { "fill-color": colours.green },
  };
}

function water(name: string, colours: GroundColours): LayerSpecification[] {
  const isArea = ["==", ["geometry-type"], "Polygon"] as unknown as FilterSpecification;
  return [
    { id: `ground-${name}`, type: "fill", source: GROUND_SOURCE, "source-layer": name, filter: isArea, paint: { "fill-color": colours.water } },
    stream(name, colours),
  ];
}

function stream(name: string, colours: GroundColours): LayerSpecification {
  return {
    id: `ground-${name}-line`,
    type: "line",
    source: GROUND_SOURCE,
    "source-layer": name,
    minzoom: 9,
    filter: ["==", ["geometry-type"], "LineString"] as unknown as FilterSpecification,
    paint: { "line-color": colours.water, "line-width": 1.2 },
  };
}

/** The names of both schemas for roads of one weight, from the lightest up; so the great ones lie on top. */
const WEIGHTS: readonly { id: string; kinds: string[]; from: number; widths: [at11: number, at16: number] }[] = [
  { id: "path", kinds: ["path", "track", "pedestrian"], from: 14, widths: [0.3, 2] },
  { id: "minor", kinds: ["minor_road", "minor", "service", "other", "residential", "tertiary"], from: 11, widths: [0.6, 7] },
  { id: "major", kinds: ["major_road", "primary", "secondary", "trunk"], from: 7, widths: [1.6, 11] },
  { id: "highway", kinds: ["highway", "motorway"], from: 5, widths: [2.2, 13] },
];

function roads(name: string, colours: GroundColours): LayerSpecification[] {
  const layer = (part: "edge" | "road", weight: (typeof WEIGHTS)[number]): LayerSpecification => ({
    id: `ground-${name}-${weight.id}-${part}`,
    type: "line",
    source: GROUND_SOURCE,
    "source-layer": name,
    minzoom: weight.from,
    filter: of(...weight.kinds),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": part === "edge" ? colours.roadEdge : colours.road,
      "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 6, 0.4, 11, weight.widths[0] + (part === "edge" ? 1 : 0), 16, weight.widths[1] + (part === "edge" ? 2 : 0)],
    },
  });
  // All edges below all roads: at a crossing none is cut by another's edge.
  return [...WEIGHTS.map((weight) => layer("edge", weight)), ...WEIGHTS.map((weight) => layer("road", weight))];
}

/** Chinese names stand in `name` where the map is of China, and elsewhere under their own key. */
function nameIn(language: string): unknown[] {
  const keys = language === "en" ? ["name:en", "name_en", "name"] : ["name:zh-Hans", "name:zh", "name"];
  return ["coalesce", ...keys.map((key) => ["get", key])];
}

function roadNames(name: string, colours: GroundColours, language: string): LayerSpecification {
  return {
    id: `ground-${name}-names`,
    type: "symbol",
    source: GROUND_SOURCE,
    "source-layer": name,
    minzoom: 13,
    layout: { "symbol-placement": "line", "text-field": nameIn(language) as never, "text-font": ["sans-serif"], "text-size": 11 },
    paint: names(colours),
  };
}

function placeNames(name: string, colours: GroundColours, language: string): LayerSpecification {
  return {
    id: `ground-${name}-names`,
    type: "symbol",
    source: GROUND_SOURCE,
    "source-layer": name,
    layout: {
      "text-field": nameIn(language) as never,
      "text-font": ["sans-serif"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 5, 11, 14, 14],
      "text-max-width": 8,
    },
    paint: names(colours),
  };
}

function names(colours: GroundColours) {
  return { "text-color": colours.name, "text-halo-color": colours.halo, "text-halo-width": 1.2 };
}

/** The words of an attribution that was written for a page: without its links. */
export function plainWords(html: unknown): string {
  if (typeof html !== "string") return "";
  return html.replace(/<[^>]*>/g, "").replace(/&copy;/g, "©").replace(/&amp;/g, "&").replace(/\s+/g, " ").trim().slice(0, 120);
}
