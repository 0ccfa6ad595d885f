import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { GROUND_SOURCE, plainWords, type TileFile } from "../src/view/basemap";
import { mapStyle, type Palette } from "../src/view/map-style";
import { openTiles, tile } from "../src/map/tiles";

const palette = (dark: boolean): Palette => ({ ground: "#14171c", line: "#2f353f", accent: "#8db4f2", "text-quiet": "#a0a9b5", look: "#f0b858", dark });
const file = (more: Partial<TileFile>): TileFile => ({ vector: true, layers: [], minZoom: 0, maxZoom: 14, bounds: [121, 31, 122, 32], attribution: "", ...more });
const FILES: Record<string, TileFile | null> = {
  none: null,
  protomaps: file({ layers: ["earth", "landcover", "landuse", "water", "roads", "buildings", "boundaries", "places", "pois"] }),
  openmaptiles: file({ layers: ["water", "waterway", "landcover", "landuse", "park", "transportation", "transportation_name", "building", "boundary", "place", "water_name"] }),
  pictures: file({ vector: false }),
};

test("every style is one that the map takes, in both themes and languages", () => {
  for (const [name, one] of Object.entries(FILES)) {
    for (const dark of [false, true]) {
      for (const language of ["en", "zh-CN"]) {
        const faults = validateStyleMin(mapStyle({ palette: palette(dark), file: one, language }));
        assert.deepEqual(faults.map((fault) => fault.message), [], `${name} ${dark} ${language}`);
      }
    }
  }
});

test("a style asks for nothing from elsewhere, and draws no layer that the file has not", () => {
  for (const [name, one] of Object.entries(FILES)) {
    const style = mapStyle({ palette: palette(false), file: one, language: "en" });
    assert.deepEqual([style.glyphs, style.sprite], [undefined, undefined], name);
    assert.doesNotMatch(JSON.stringify(style), /https?:|data:|blob:/, name);
    for (const layer of style.layers) {
      if (!("source-layer" in layer)) continue;
      assert.ok(one?.layers.includes(layer["source-layer"] ?? ""), `${name}: ${layer.id}`);
    }
    assert.equal(style.layers.some((layer) => "source" in layer && layer.source === GROUND_SOURCE), one !== null, name);
  }
});

test("on a map file the grid gives way, and vehicles' lines lie above all of it", () => {
  const { layers } = mapStyle({ palette: palette(false), file: FILES["protomaps"] ?? null, language: "en" });
  const grid = layers.find((layer) => layer.id === "grid");
  assert.equal(grid?.layout?.visibility, "none");
  const ids = layers.map((layer) => layer.id);
  assert.ok(ids.indexOf("zones") > ids.indexOf("ground-places-names"));
});

test("an attribution is told as words, whatever stands in the file", () => {
  assert.equal(plainWords('<a href="https://example.org" onclick="x()">&copy; OpenStreetMap</a> contributors'), "© OpenStreetMap contributors");
  assert.equal(plainWords({}), "");
  assert.ok(plainWords("x".repeat(5_000)).length <= 120);
});

test("a map file is read by its ranges and never whole", async () => {
  const bytes = readFileSync("../../../tests/fixtures/tiles/town.pmtiles");
  let [asked, broken] = [0, true];
  globalThis.fetch = async (_, init) => {
    if (broken) return new Response("no", { status: 404 });
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get("range") ?? "") ?? [];
    assert.ok(first !== undefined && last !== undefined, "asked for the whole of it");
    asked += 1;
    return new Response(bytes.subarray(Number(first), Number(last) + 1), { status: 206, headers: { etag: '"1"' } });
  };
  // One that cannot be read says so, and is tried again when it is wanted again.
  await assert.rejects(openTiles(), /404/);
  broken = false;
  const read = await openTiles();
  assert.deepEqual([read.vector, read.minZoom, read.maxZoom, read.attribution], [true, 9, 12, "© Invented town"]);
  assert.deepEqual(read.layers, ["water", "landuse", "roads", "buildings", "places"]);
  const none = new AbortController().signal;
  const there = await tile("portico-tiles://12/3430/1673", none);
  // Layer 3 of a vector tile: unpacked already.
  assert.equal(new Uint8Array(there)[0], 0x1a);
  assert.throws(() => gunzipSync(Buffer.from(there)));
  assert.equal((await tile("portico-tiles://12/0/0", none)).byteLength, 0);
  await assert.rejects(tile("portico-tiles://elsewhere", none), /no such tile/);
  assert.ok(asked > 1);
});
