// A DEVELOPMENT AID, not part of Portico: draws a small invented town as a map file (PMTiles 3), to see the map on tiles.
//
//   node dev/make-tiles.mjs FILE [--raster]
//
// Vector tiles carry the layers and kinds of the Protomaps basemap; with --raster, plain grey pictures.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { crc32, deflateSync, gzipSync } from "node:zlib";
import { zxyToTileId } from "pmtiles";

const { values: options, positionals: [target] } = parseArgs({ options: { raster: { type: "boolean", default: false } }, allowPositionals: true });
const ZOOMS = options.raster ? [10, 11, 12] : [9, 10, 11, 12];
// Around the venue of `fake-gateway.mjs`.
const BOX = { west: 121.40, south: 31.18, east: 121.55, north: 31.28 };
const EXTENT = 4096;

const NAMES = { en: ["Old Town", "East Bank"], zh: ["老城", "东岸"] };
const river = [[121.40, 31.205], [121.45, 31.215], [121.49, 31.20], [121.51, 31.235], [121.55, 31.245]];
const wide = (line, by) => [...line.map(([x, y]) => [x, y + by]), ...[...line].reverse().map(([x, y]) => [x, y - by]), [line[0][0], line[0][1] + by]];
const town = {
  water: [{ type: 3, lines: [wide(river, 0.003)], tags: { kind: "river" } }],
  landuse: [{ type: 3, lines: [square(121.455, 31.235, 0.006)], tags: { kind: "park" } }, { type: 3, lines: [square(121.525, 31.262, 0.008)], tags: { kind: "wood" } }],
  roads: [
    { type: 2, lines: [[[121.40, 31.262], [121.47, 31.252], [121.55, 31.256]]], tags: { kind: "highway", name: "环城高速", "name:en": "Ring Road" } },
    { type: 2, lines: [[[121.475, 31.18], [121.477, 31.23], [121.47, 31.28]]], tags: { kind: "major_road", name: "中山路", "name:en": "Zhongshan Road" } },
    { type: 2, lines: [[[121.40, 31.228], [121.475, 31.2286], [121.55, 31.222]]], tags: { kind: "major_road", name: "人民路", "name:en": "Renmin Road" } },
    ...Array.from({ length: 9 }, (_, n) => ({ type: 2, lines: [[[121.42 + n * 0.013, 31.19], [121.421 + n * 0.013, 31.275]]], tags: { kind: "minor_road" } })),
    ...Array.from({ length: 7 }, (_, n) => ({ type: 2, lines: [[[121.41, 31.192 + n * 0.012], [121.545, 31.191 + n * 0.012]]], tags: { kind: "minor_road" } })),
  ],
  buildings: [0, 1, 2, 3].map((n) => ({ type: 3, lines: [square(121.4735 + n * 0.0012, 31.2293, 0.0004)], tags: { kind: "building" } })),
  places: NAMES.zh.map((name, n) => ({ type: 1, lines: [[[121.445 + n * 0.08, 31.243 - n * 0.022]]], tags: { kind: "locality", name, "name:en": NAMES.en[n] } })),
};

function square(lon, lat, half) {
  return [[-1, 1], [1, 1], [1, -1], [-1, -1], [-1, 1]].map(([x, y]) => [lon + x * half, lat + y * half]);
}

// Web Mercator, as a share of the whole world.
const across = (lon) => (lon + 180) / 360;
const down = (lat) => (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;

// Protocol buffers, as far as a vector tile needs them.
const varint = (n) => {
  const bytes = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  return [...bytes, n];
};
const zigzag = (n) => (n < 0 ? -2 * n - 1 : 2 * n);
const field = (number, bytes) => [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
const word = (number, text) => field(number, [...Buffer.from(text)]);

function commands({ type, lines }, place) {
  let [x, y] = [0, 0];
  return lines.flatMap((line) => {
    const steps = (type === 3 ? line.slice(0, -1) : line).map((corner) => {
      const [toX, toY] = place(corner);
      const step = [zigzag(toX - x), zigzag(toY - y)];
      [x, y] = [toX, toY];
      return step;
    });
    const [first, ...rest] = steps;
    return [9, ...first, ...(rest.length > 0 ? [rest.length * 8 + 2, ...rest.flat()] : []), ...(type === 3 ? [15] : [])];
  });
}

function vectorTile(z, x, y) {
  const place = ([lon, lat]) => [Math.round((across(lon) * 2 ** z - x) * EXTENT), Math.round((down(lat) * 2 ** z - y) * EXTENT)];
  const layers = Object.entries(town).map(([name, features]) => {
    const keys = [...new Set(features.flatMap(({ tags }) => Object.keys(tags)))];
    const values = [...new Set(features.flatMap(({ tags }) => Object.values(tags)))];
    const drawn = features.map((feature) => {
      const tags = Object.entries(feature.tags).flatMap(([key, value]) => [keys.indexOf(key), values.indexOf(value)]);
      return field(2, [...field(2, tags.flatMap(varint)), ...varint(3 * 8), feature.type, ...field(4, commands(feature, place).flatMap(varint))]);
    });
    const extent = [...varint(5 * 8), ...varint(EXTENT)];
    const version = [...varint(15 * 8), 2];
    return field(3, [...version, ...word(1, name), ...drawn.flat(), ...keys.flatMap((key) => word(3, key)), ...values.flatMap((value) => field(4, word(1, value))), ...extent]);
  });
  return gzipSync(Buffer.from(layers.flat()), { level: 9 });
}

// 64 grey squares, each as light as its place in the world says: neighbours can be told apart.
function picture(z, x, y) {
  const size = 256;
  const rows = Buffer.alloc((size + 1) * size);
  for (let row = 0; row < size; row += 1) for (let column = 0; column < size; column += 1) rows[row * (size + 1) + 1 + column] = 205 + (((row >> 5) + (column >> 5)) % 2) * 12 + ((x + y + z) % 3) * 8;
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

const tiles = ZOOMS.flatMap((z) => {
  const [west, east] = [across(BOX.west), across(BOX.east)].map((share) => Math.floor(share * 2 ** z));
  const [north, south] = [down(BOX.north), down(BOX.south)].map((share) => Math.floor(share * 2 ** z));
  const found = [];
  for (let x = west; x <= east; x += 1) for (let y = north; y <= south; y += 1) found.push({ id: zxyToTileId(z, x, y), data: (options.raster ? picture : vectorTile)(z, x, y) });
  return found;
}).sort((a, b) => a.id - b.id);

const metadata = Buffer.from(JSON.stringify({
  name: "An invented town",
  attribution: "<a href=\"https://example.org\">&copy; Invented town</a>",
  ...(options.raster ? {} : { vector_layers: Object.keys(town).map((id) => ({ id, fields: {} })) }),
}));
const root = Buffer.from([
  ...varint(tiles.length),
  ...tiles.flatMap(({ id }, n) => varint(id - (tiles[n - 1]?.id ?? 0))),
  ...tiles.flatMap(() => [1]),
  ...tiles.flatMap(({ data }) => varint(data.length)),
  ...tiles.flatMap((_, n) => [n === 0 ? 1 : 0]),
]);
const head = Buffer.alloc(127);
head.write("PMTiles");
head[7] = 3;
const tileBytes = tiles.reduce((sum, { data }) => sum + data.length, 0);
const rootAt = head.length;
const metadataAt = rootAt + root.length;
const tilesAt = metadataAt + metadata.length;
[rootAt, root.length, metadataAt, metadata.length, tilesAt, 0, tilesAt, tileBytes, tiles.length, tiles.length, tiles.length].forEach((n, at) => head.writeBigUInt64LE(BigInt(n), 8 + at * 8));
// In order; directory and metadata plain; tiles gzip or as pictures are; which kind; zooms.
head.set([1, 1, options.raster ? 1 : 2, options.raster ? 2 : 1, ZOOMS[0], ZOOMS[ZOOMS.length - 1]], 96);
[BOX.west, BOX.south, BOX.east, BOX.north].forEach((degrees, n) => head.writeInt32LE(Math.round(degrees * 1e7), 102 + n * 4));
head[118] = ZOOMS[0];
head.writeInt32LE(Math.round(((BOX.west + BOX.east) / 2) * 1e7), 119);
head.writeInt32LE(Math.round(((BOX.south + BOX.north) / 2) * 1e7), 123);
writeFileSync(target, Buffer.concat([head, root, metadata, ...tiles.map(({ data }) => data)]));
process.stderr.write(`${target}: ${tiles.length} tiles, ${tilesAt + tileBytes} bytes\n`);
