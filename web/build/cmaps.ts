/** The character maps of pdf.js, which PDFs in Chinese need whose fonts are not embedded. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

/** Writes `cmaps/*.bcmap` beside the page. */
export function cmaps(folder: string): Plugin {
  const from = join(folder, "node_modules/pdfjs-dist/cmaps");
  return {
    name: "wenyuan-cmaps",
    apply: "build",
    generateBundle() {
      for (const name of readdirSync(from).filter((each) => each.endsWith(".bcmap") || each === "LICENSE")) {
        this.emitFile({ type: "asset", fileName: `cmaps/${name}`, source: readFileSync(join(from, name)) });
      }
    },
  };
}
