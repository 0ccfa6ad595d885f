/**
 * The style of the map: ground, grid, zones, tracks, trails and the ways to the next pick-ups. Vehicles and words lie
 * over it and are no part of it. Pure.
 */
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { GROUND, GROUND_SOURCE, groundLayers, groundSource, type TileFile } from "./basemap";

/** The tokens that the map takes its colours from; see `styles/tokens.css`. */
export const TOKENS = ["ground", "line", "accent", "text-quiet", "look"] as const;
export type Palette = Readonly<Record<(typeof TOKENS)[number], string>> & { dark: boolean };

/** What is drawn by the page, each a source of that name. */
export const DRAWN = ["grid", "zones", "day", "trails", "ways"] as const;
export type Drawn = (typeof DRAWN)[number];

export interface Look {
  palette: Palette;
  /** The map file, where there is one. */
  file: TileFile | null;
  language: string;
}

export function mapStyle(look: Look): StyleSpecification {
  const { palette, file, language } = look;
  const empty = { type: "geojson", data: { type: "FeatureCollection", features: [] } } as const;
  return {
    version: 8,
    sources: {
      ...(file === null ? {} : { [GROUND_SOURCE]: groundSource(file) }),
      ...Object.fromEntries(DRAWN.map((name) => [name, empty])),
    },
    layers: [
      { id: "background", type: "background", paint: { "background-color": palette.ground } },
      ...(file === null ? [] : groundLayers(file, GROUND[palette.dark ? "dark" : "light"], language)),
      ...drawnLayers(palette, file !== null),
    ],
  };
}

function drawnLayers(palette: Palette, onTiles: boolean): LayerSpecification[] {
  const round = { "line-cap": "round", "line-join": "round" } as const;
  return [
    // Streets tell where one is better than a grid does.
    { id: "grid", type: "line", source: "grid", layout: { visibility: onTiles ? "none" : "visible" }, paint: { "line-color": palette.line, "line-width": 1 } },
    { id: "zones-ground", type: "fill", source: "zones", paint: { "fill-color": palette.accent, "fill-opacity": 0.07 } },
    { id: "zones", type: "line", source: "zones", layout: round, paint: { "line-color": palette.accent, "line-opacity": 0.65, "line-width": 1.5 } },
    { id: "day", type: "line", source: "day", layout: round, paint: { "line-color": palette["text-quiet"], "line-opacity": 0.75, "line-width": 2 } },
    { id: "ways", type: "line", source: "ways", paint: { "line-color": ["case", ["get", "risk"], palette.look, palette["text-quiet"]], "line-width": 1.5, "line-dasharray": [3, 3], "line-opacity": 0.85 } },
    { id: "trails", type: "line", source: "trails", layout: { "line-join": "round" }, paint: { "line-color": palette.accent, "line-width": 3, "line-opacity": ["*", 0.75, ["get", "fade"]] } },
  ];
}
