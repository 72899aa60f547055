/** pdf.js, loaded when a PDF is shown. Nothing in a file is run, and nothing is fetched but the page's own maps. */

import {
  GlobalWorkerOptions,
  type PDFDocumentProxy,
  type PDFPageProxy,
  type RenderTask,
  getDocument,
} from "pdfjs-dist";
import worker from "pdfjs-dist/build/pdf.worker.min.mjs?url";

export type { PDFDocumentProxy, PDFPageProxy, RenderTask };

GlobalWorkerOptions.workerSrc = worker;

/** What is read of a file; `destroy` ends it. */
export async function openPdf(file: Blob) {
  return getDocument({
    data: new Uint8Array(await file.arrayBuffer()),
    cMapUrl: `${import.meta.env.BASE_URL}cmaps/`,
    cMapPacked: true,
    useWasm: false, // which the page's policy does not let run
    useSystemFonts: true,
    enableXfa: false,
    stopAtErrors: false,
  });
}

/** Whether a file is protected by a password. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && error.name === "PasswordException";
}
