/** What jobs say was lost: documents that could not be read, or not whole, unless a later job read them. */

import { useMemo } from "react";

import type { Job } from "../../api/library";
import { whyFailed } from "../../api/library";

export interface Loss {
  readonly kind: "failed" | "warning" | "passed";
  /** The document; of files that were passed over, what their names end with. */
  readonly about: string;
  readonly sentences: readonly string[];
  readonly files: number;
  /** When it was seen. */
  readonly time: string;
}

/** `jobs` are the newest first. */
export function useLosses(jobs: readonly Job[]): Loss[] {
  return useMemo(() => lossesOf(jobs), [jobs]);
}

function lossesOf(jobs: readonly Job[]): Loss[] {
  const settled = new Set<string>(); // documents that a later job had something to say of
  const losses: Loss[] = [];
  for (const { report, changed } of jobs) {
    if (report === null) continue;
    const warned = warningsBy(report.warnings, [...report.added, ...report.changed]);
    for (const [document, why] of Object.entries(report.failed)) {
      if (!settled.has(document))
        losses.push({
          kind: "failed",
          about: document,
          sentences: [whyFailed(document, why)],
          files: 1,
          time: changed,
        });
    }
    for (const [document, sentences] of warned) {
      if (!settled.has(document)) losses.push({ kind: "warning", about: document, sentences, files: 1, time: changed });
    }
    for (const [suffix, files] of Object.entries(report.passed_over)) {
      if (!settled.has(`*${suffix}`))
        losses.push({ kind: "passed", about: suffix, sentences: [], files, time: changed });
      settled.add(`*${suffix}`);
    }
    const told = [
      ...Object.keys(report.failed),
      ...warned.keys(),
      ...report.added,
      ...report.changed,
      ...report.deleted,
    ];
    for (const each of told) settled.add(each);
  }
  return losses;
}

/** Warnings by the documents that they begin with; of one that begins with none that is known, what stands before its colon. */
function warningsBy(warnings: readonly string[], documents: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const each of warnings) {
    const known = documents.find((document) => each.startsWith(`${document}: `));
    const document = known ?? each.split(": ", 1)[0] ?? each;
    found.set(document, [...(found.get(document) ?? []), each.slice(document.length + 2)]);
  }
  return found;
}
