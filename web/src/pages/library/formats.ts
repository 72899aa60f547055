/** Which files are worth sending. The server has the last word. */

const READ = new Set([
  "md",
  "markdown",
  "txt",
  "text",
  "html",
  "htm",
  "xhtml",
  "pdf",
  "docx",
  "pptx",
  "xlsx",
  "xlsm",
  "epub",
  "csv",
  "tsv",
  "json",
  "jsonl",
  "eml",
]);
const SIDECAR = ".meta.json";

export type Skipped = "format" | "hidden";

/** Why a file is not sent; `null` where it is. */
export function whySkipped(name: string): Skipped | null {
  if (name.split("/").some((part) => part.startsWith("."))) return "hidden";
  const last = name.split("/").at(-1) ?? "";
  const at = last.lastIndexOf(".");
  return at > 0 && READ.has(last.slice(at + 1).toLowerCase()) ? null : "format";
}

/** The file whose fields a file states, where it is one of those. */
export function describedBy(name: string): string | null {
  return name.toLowerCase().endsWith(SIDECAR) ? name.slice(0, -SIDECAR.length) : null;
}

/** What a file picker offers. */
export const ACCEPTED = [...READ].map((each) => `.${each}`).join(",");

/** A document's name as the server will know it: a form cannot hold these signs in the name of a file. */
export function documentName(name: string): string {
  return name
    .normalize("NFC")
    .replaceAll("\\", "/")
    .replaceAll('"', "%22")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}
