import { defineConfig } from "vite";
import { compressed } from "./compress.ts";

// The gateway takes orders only from a page of the host it is asked by, so the host stays the page's.
const gateway = { target: process.env["PORTICO_GATEWAY"] ?? "http://127.0.0.1:8080", changeOrigin: false };

// The gateway serves everything from its own binary under `default-src 'self'`:
// so nothing is inlined as a data: address, and nothing is fetched from elsewhere.
export default defineConfig({
  plugins: [compressed()],
  build: {
    // Reception tablets are older than desks.
    target: ["chrome87", "firefox90", "safari14.1"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // The map is as large as it is; it is fetched on its page alone.
    chunkSizeWarningLimit: 1_024,
  },
  server: {
    // `npm run dev` beside a running gateway, or beside `npm run fake-gateway`.
    proxy: { "/api": gateway, "/tiles.pmtiles": gateway },
  },
});
