/** Documents by the folders that their names say, and which of them a list shows. */

import type { ListedDocument } from "../../api/types";

export interface Folder {
  /** With its last stroke: what the ids of its documents begin with. */
  readonly path: string;
  readonly name: string;
  readonly documents: number;
}

export type Column = "name" | "time" | "passages";

export interface Order {
  readonly column: Column;
  readonly down: boolean;
}

export interface Chosen {
  readonly folder: string;
  /** What names and titles must hold. */
  readonly search: string;
  readonly type: string | null;
  readonly order: Order;
}

export interface Shelf {
  /** Those that the documents can be narrowed to; none where there is but one. */
  readonly folders: readonly Folder[];
  /** All that lie in the folder, however deep. */
  readonly documents: readonly ListedDocument[];
}

export function shelved(all: readonly ListedDocument[], { folder, search, type, order }: Chosen): Shelf {
  const wanted = folded(search);
  const below = all.filter((each) => each.id.startsWith(folder) && (type === null || each.type === type));
  if (wanted !== "") {
    const found = below.filter((each) => folded(`${each.id}\n${each.title}`).includes(wanted));
    return { folders: [], documents: sorted(found, order) };
  }
  return { folders: foldersOf(below, folder), documents: sorted(below, order) };
}

/** The folders below one; where they all lie in a single one, and nothing beside it, those below that. */
function foldersOf(below: readonly ListedDocument[], folder: string): Folder[] {
  const folders = new Map<string, { path: string; documents: number }>();
  for (const each of below) {
    const end = strokeAfter(each.id, folder.length);
    if (end < 0) continue;
    const whole = each.id.slice(0, each.id.lastIndexOf("/") + 1);
    const known = folders.get(each.id.slice(0, end));
    const path = known === undefined ? whole : common(known.path, whole);
    folders.set(each.id.slice(0, end), { path, documents: (known?.documents ?? 0) + 1 });
  }
  const found = [...folders.values()].map((each) => ({ ...each, name: each.path.slice(folder.length, -1) }));
  const [only] = found;
  return only !== undefined && only.documents === below.length ? foldersOf(below, only.path) : found;
}

/** The folders that one lies in, from the outermost, and itself. */
export function wayTo(folder: string): { readonly path: string; readonly name: string }[] {
  const way = [];
  for (let from = 0, end = strokeAfter(folder, 0); end > 0; from = end, end = strokeAfter(folder, end)) {
    way.push({ path: folder.slice(0, end), name: folder.slice(from, end - 1) });
  }
  return way;
}

/** Where files are put that are brought in while a folder is open: only names within the knowledge base's own are free. */
export function placeIn(folder: string): string {
  return folder.startsWith("/") || folder.startsWith(".") ? "" : folder;
}

/** Where the part of a path that begins at `from` ends, its stroke included; -1 where none follows. Leading strokes belong to it. */
function strokeAfter(path: string, from: number): number {
  let at = from;
  while (path[at] === "/") at += 1;
  return path.indexOf("/", at) + 1 || -1;
}

/** The innermost folder that holds both: one that holds nothing but another is opened with it. */
function common(one: string, other: string): string {
  let end = 0;
  for (let next = strokeAfter(one, 0); next > 0 && other.startsWith(one.slice(0, next)); next = strokeAfter(one, next))
    end = next;
  return one.slice(0, end);
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().trim();
}

const NAMES = new Intl.Collator(undefined, { numeric: true });

function sorted(documents: readonly ListedDocument[], { column, down }: Order): ListedDocument[] {
  const sign = down ? -1 : 1;
  return documents.toSorted((one, other) => {
    if (column === "passages") return sign * (one.passages - other.passages);
    if (column === "time") return sign * one.time.localeCompare(other.time);
    return sign * NAMES.compare(one.id, other.id);
  });
}
