import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** What is packed already, or read by nobody but programs on this machine, is left as it is. */
const SHRINKS = /\.(?:html|m?js|css|svg|json|webmanifest|txt)$/;
/** A form that saves less is not worth a place in the binary. */
const WORTH = 0.9;

/** Lays the gzip and Brotli forms of each file of a build beside it, where it shrinks. */
export function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      // After a build that failed there is none.
      if (!existsSync(folder)) return;
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      for (const file of files.filter((name) => SHRINKS.test(name))) compress(join(folder, file));
    },
  };
}

function compress(path: string): void {
  const plain = readFileSync(path);
  const gzip = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
  const brotli = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  if (gzip.length > plain.length * WORTH) return;
  writeFileSync(`${path}.gz`, gzip);
  if (brotli.length < gzip.length) writeFileSync(`${path}.br`, brotli);
}
