import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

// What `cargo test --test browser` does in a real browser: each file of `browser/scenes` becomes a script for Node.
export default defineConfig({
  publicDir: false,
  logLevel: "warn",
  build: {
    ssr: true,
    outDir: "dist-browser",
    target: "node20",
    rolldownOptions: {
      input: readdirSync("browser/scenes").map((name) => `browser/scenes/${name}`),
    },
  },
});
