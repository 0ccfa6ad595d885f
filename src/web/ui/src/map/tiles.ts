/**
 * The operator's map file (PMTiles): what it says of itself, and its tiles by ranges of it. Nothing else is fetched.
 */
import { PMTiles, TileType } from "pmtiles";
import { plainWords, type TileFile } from "../view/basemap";

const ADDRESS = "/tiles.pmtiles";

let archive: PMTiles | null = null;
let file: Promise<TileFile> | null = null;

/** Rejects with a reason where it cannot be read; asked again, it is tried again. */
export function openTiles(): Promise<TileFile> {
  file ??= read().catch((reason: unknown) => {
    file = null;
    archive = null;
    throw reason;
  });
  return file;
}

/** One tile by the address that the style has for it; an empty one where the file has none. */
export async function tile(address: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const [, z, x, y] = /:\/\/(\d+)\/(\d+)\/(\d+)$/.exec(address) ?? [];
  if (archive === null || y === undefined) throw new Error(`no such tile: ${address}`);
  const found = await archive.getZxy(Number(z), Number(x), Number(y), signal);
  return found?.data ?? new ArrayBuffer(0);
}

async function read(): Promise<TileFile> {
  archive = new PMTiles(ADDRESS);
  const header = await archive.getHeader();
  const said = (await archive.getMetadata()) as { attribution?: unknown; vector_layers?: { id?: unknown }[] } | undefined;
  const layers = (Array.isArray(said?.vector_layers) ? said.vector_layers : []).map((layer) => layer?.id);
  return {
    vector: header.tileType === TileType.Mvt,
    layers: layers.filter((id): id is string => typeof id === "string"),
    minZoom: header.minZoom,
    maxZoom: header.maxZoom,
    bounds: [header.minLon, header.minLat, header.maxLon, header.maxLat],
    attribution: plainWords(said?.attribution),
  };
}
