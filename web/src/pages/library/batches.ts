/** Which files go in one request: few enough that little is lost with it, and far below what a server takes. */

import type { BroughtFile } from "./uploads";

const FILES = 25;
const BYTES = 24 << 20;

export interface Batch {
  readonly files: readonly BroughtFile[];
  readonly size: number;
  /** The fields of all of them, as JSON; empty where there are none. */
  readonly fields: string;
}

/** The first of those that wait; a large file goes alone. `null` where none waits. */
export function batchOf(
  waiting: readonly BroughtFile[],
  inHand: ReadonlyMap<number, File>,
  fields: ReadonlyMap<string, string>,
): Batch | null {
  const files: BroughtFile[] = [];
  const names = new Set<string>();
  const [first] = waiting;
  if (first === undefined) return null;
  const said = fields.get(first.name) ?? "";
  let size = 0;
  for (const each of waiting) {
    if (files.length === FILES || (files.length > 0 && size + each.size > BYTES)) break;
    const another = names.has(each.name) || (fields.get(each.name) ?? "") !== said || !inHand.has(each.id);
    if (another && files.length > 0) continue;
    files.push(each);
    names.add(each.name);
    size += each.size;
  }
  return { files, size, fields: said };
}

export function halves({ files, fields }: Batch): Batch[] {
  const middle = Math.ceil(files.length / 2);
  return [files.slice(0, middle), files.slice(middle)].map((some) => ({ files: some, size: sizeOf(some), fields }));
}

export function formOf(batch: Batch, inHand: ReadonlyMap<number, File>): FormData {
  const form = new FormData();
  for (const each of batch.files) {
    const file = inHand.get(each.id);
    if (file !== undefined) form.append("files", file, each.name);
  }
  if (batch.fields !== "") form.append("metadata", batch.fields);
  return form;
}

function sizeOf(files: readonly BroughtFile[]): number {
  return files.reduce((sum, each) => sum + each.size, 0);
}
