import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { built } from "./build/built.ts";
import { cmaps } from "./build/cmaps.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const server = process.env.WENYUAN_SERVER ?? "http://127.0.0.1:8642";

/** What several pages have comes as one file, not as thirty; what only documents need, such as Markdown, stays apart. */
function isCommon(module: string): boolean {
  return /[\\/](@mantine|@tabler|@tanstack|react-router|web[\\/]src[\\/](api|language|shared|shell))[\\/]/.test(module) && !module.includes("SafeMarkdown");
}

export default defineConfig({
  base: "/ui/",
  plugins: [react(), cmaps(here), built(here)],
  build: {
    outDir: "../src/wenyuan/server/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the page's policy lets no font or script be data
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "common", test: isCommon, minShareCount: 2 }] } } },
    license: { fileName: "licences.md" },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: server }, "/version": { target: server }, "/openapi.json": { target: server } },
  },
});
