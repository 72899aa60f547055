/** What a built page was made from: a digest of the sources, so that a test without Node can say when it is stale. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

/** Every file below `folder` by its path, but for what is installed or hidden; the test reads the same ones. */
function sources(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules" || entry.name.startsWith(".")) return [];
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? sources(folder, path) : [path];
  });
}

/** SHA-256 over one line a file, sorted by path: the file's own SHA-256 and its path. */
export function digest(folder: string): string {
  const whole = createHash("sha256");
  for (const path of sources(folder).sort()) {
    const one = createHash("sha256")
      .update(readFileSync(join(folder, path)))
      .digest("hex");
    whole.update(`${one}  ${path}\n`);
  }
  return whole.digest("hex");
}

/** Writes `built.json` beside the page. */
export function built(folder: string): Plugin {
  return {
    name: "wenyuan-built",
    apply: "build",
    generateBundle() {
      const source = `${JSON.stringify({ sources: digest(folder) })}\n`;
      this.emitFile({ type: "asset", fileName: "built.json", source });
    },
  };
}
