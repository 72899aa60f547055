/** What a question is limited to: types of documents, and a folder. */

import type { Words } from "../../language";

export interface Scope {
  readonly types: readonly string[];
  readonly folder: string | null;
}

export const EVERYTHING: Scope = { types: [], folder: null };

export function isEverything(scope: Scope): boolean {
  return scope.types.length === 0 && scope.folder === null;
}

/** The filter of a request. */
export function filterOf(scope: Scope): object | null {
  const tests = [
    ...(scope.types.length > 0 ? [{ field: "type", op: "in", value: scope.types }] : []),
    ...(scope.folder !== null ? [{ field: "source", op: "eq", value: scope.folder }] : []),
  ];
  return tests.length === 0 ? null : { and: tests };
}

export function told(words: Words, scope: Scope): string {
  return [...scope.types, ...(scope.folder === null ? [] : [scope.folder])].join(words.document.comma);
}

/** All folders that hold documents, at any depth, by name. */
export function foldersOf(documents: readonly { readonly id: string }[]): string[] {
  const folders = new Set<string>();
  for (const { id } of documents) {
    for (let at = id.lastIndexOf("/"); at > 0; at = id.lastIndexOf("/", at - 1)) folders.add(id.slice(0, at));
  }
  return [...folders].sort();
}
