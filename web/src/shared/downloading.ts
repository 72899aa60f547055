/** Has the browser keep something as a file. */

const SOON = 60_000; // milliseconds after which the browser has begun to write the file

export function download(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), SOON);
}

/** A name for a file that every system takes: without signs that some do not, and not too long. */
export function fileNameOf(text: string, suffix: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\\/:*?"<>|]+/gu, " ").replace(/\s+/g, " ");
  const short = [...plain].slice(0, LONGEST).join("").replace(/^[. ]+|[. ]+$/g, "");
  return `${short || "wenyuan"}${suffix}`;
}

const LONGEST = 60; // characters, which are three bytes each at most in most scripts
