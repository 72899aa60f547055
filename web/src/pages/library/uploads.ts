/** The files that were brought in of one knowledge base, and what became of each. Kept over a reload of the page. */

import type { Job } from "../../api/library";
import { warningsAbout, whyFailed } from "../../api/library";

export type FileState =
  "waiting" | "uploading" | "sent" | "reading" | "added" | "changed" | "unchanged" | "failed" | "skipped" | "cancelled";

/** Why something is so, for which the page has the words; a sentence of the server's is in `sentence`. */
export type Reason = "format" | "hidden" | "left" | "lost";

export interface BroughtFile {
  readonly id: number;
  /** The document that it becomes. */
  readonly name: string;
  readonly size: number;
  readonly state: FileState;
  /** What part of it has left, from 0 to 1, while it is uploading. */
  readonly part?: number;
  readonly job?: string;
  readonly reason?: Reason;
  readonly sentence?: string;
  /** Whether the same file may do better when it is sent again. */
  readonly again?: boolean;
  /** What was lost while it was read. */
  readonly warnings?: readonly string[];
}

const KEPT = 2_000; // of those that a reload brings back
const OVER: readonly FileState[] = ["added", "changed", "unchanged", "failed", "skipped", "cancelled"];

export function isDone(file: BroughtFile): boolean {
  return OVER.includes(file.state);
}

export function isOnTheWay(file: BroughtFile): boolean {
  return file.state === "waiting" || file.state === "uploading";
}

/** What became of one file of a job that is over. */
export function outcome(file: BroughtFile, job: Job): Partial<BroughtFile> {
  if (job.state === "cancelled") return { state: "cancelled" };
  if (job.report === null)
    return job.error ? { state: "failed", sentence: job.error.message } : { state: "failed", reason: "lost" };
  const { added, changed, failed, moved } = job.report;
  const why = failed[file.name];
  if (why !== undefined) return { state: "failed", sentence: whyFailed(file.name, why) };
  const warnings = warningsAbout(job.report, file.name);
  if (added.includes(file.name)) return { state: "added", warnings };
  const is = changed.includes(file.name) || moved.some(([, now]) => now === file.name) ? "changed" : "unchanged";
  return { state: is, warnings };
}

/** Where the list is kept while the tab is open. */
export class Keeping {
  constructor(private readonly key: string) {}

  read(): readonly BroughtFile[] {
    try {
      const found: unknown = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? (found as BroughtFile[]).map(afterReload) : [];
    } catch {
      return [];
    }
  }

  write(files: readonly BroughtFile[]): void {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(files.slice(-KEPT)));
    } catch {
      sessionStorage.removeItem(this.key); // there is no room: a reload will know less
    }
  }
}

/** A page that is loaded anew has no files in its hand; what the server has, it goes on with. */
function afterReload(file: BroughtFile): BroughtFile {
  return isOnTheWay(file) || file.again
    ? { ...file, state: "failed", reason: "left", sentence: undefined, again: false }
    : file;
}
