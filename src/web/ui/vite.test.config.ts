import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

// The tests are TypeScript; Node runs them after the same bundler has made them JavaScript.
export default defineConfig({
  publicDir: false,
  logLevel: "warn",
  build: {
    ssr: true,
    outDir: "dist-test",
    target: "node20",
    rolldownOptions: {
      input: readdirSync("test")
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => `test/${name}`),
    },
  },
});
