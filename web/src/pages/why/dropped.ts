/** What a search looked at and left out. */

import type { Explained } from "../../api/why";

export interface Dropped {
  readonly chunk: string;
  readonly document: string;
  /** The document whose passage was kept in its place. */
  readonly duplicateOf: string | null;
  /** The last stage that it came to, and its place there. */
  readonly stage: string;
  readonly rank: number;
}

export function droppedOf({ trace }: Explained): { readonly passages: readonly Dropped[]; readonly unseen: number } {
  const hits = new Set(trace.hits.map((each) => each.chunk));
  const seen = trace.distinct?.seen ?? [];
  const documents = new Map(seen.map((each) => [each.chunk, each.document]));
  const lists = [
    { stage: "fuse", chunks: trace.fuse?.order.map((each) => each.chunk) ?? [] },
    ...trace.rerank.stages.map(({ stage, after }) => ({ stage, chunks: after.map((each) => each.chunk) })),
  ];
  const passages = seen
    .filter((each) => !hits.has(each.chunk))
    .map(({ chunk, document, duplicate_of }) => {
      const last = lists.filter((list) => list.chunks.includes(chunk)).at(-1);
      const twin = duplicate_of === null ? null : (documents.get(duplicate_of) ?? duplicate_of);
      return { chunk, document, duplicateOf: twin, stage: last?.stage ?? "fuse", rank: (last?.chunks.indexOf(chunk) ?? 0) + 1 };
    });
  const candidates = trace.fuse?.order.filter((each) => !hits.has(each.chunk)).length ?? 0;
  return { passages, unseen: Math.max(0, candidates - passages.length) };
}
