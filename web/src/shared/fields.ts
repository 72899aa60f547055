/** Fields of documents as people write them: a name, a kind, and a value in the form that suits the kind. */

import type { MetadataValue } from "../api/types";

export type Kind = "text" | "number" | "date" | "list" | "truth";

export const KINDS: readonly Kind[] = ["text", "number", "date", "list", "truth"];

export interface Row {
  /** Of the row, not of the field: stays the same while the field is renamed. */
  readonly key: string;
  readonly name: string;
  readonly kind: Kind;
  /** What was typed; of a truth "yes" or "no". */
  readonly text: string;
  readonly list: readonly string[];
}

export type Problem = "unnamed" | "twice" | "noNumber" | "noDate";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

let made = 0;

export function freshRow(name = "", value: MetadataValue = ""): Row {
  made += 1;
  const key = `row-${made}`;
  if (isList(value)) return { key, name, kind: "list", text: "", list: value };
  if (typeof value === "number") return { key, name, kind: "number", text: String(value), list: [] };
  if (typeof value === "boolean") return { key, name, kind: "truth", text: value ? "yes" : "no", list: [] };
  return { key, name, kind: DAY.test(value ?? "") ? "date" : "text", text: value ?? "", list: [] };
}

/** The same row as another kind, with as much of its value as suits. */
export function turned(row: Row, kind: Kind): Row {
  const text = row.kind === "list" ? row.list.join(", ") : row.text;
  if (kind === "list") return { ...row, kind, list: row.kind === "list" ? row.list : split(text), text: "" };
  if (kind === "truth") return { ...row, kind, text: text === "no" ? "no" : "yes", list: [] };
  if (kind === "date") return { ...row, kind, text: DAY.test(text) ? text : "", list: [] };
  return { ...row, kind, text, list: [] };
}

export function valueOf(row: Row): MetadataValue {
  if (row.kind === "list") return row.list;
  if (row.kind === "number") return Number(row.text);
  return row.kind === "truth" ? row.text === "yes" : row.text;
}

/** What is wrong with rows, by their keys. */
export function problemsOf(rows: readonly Row[]): ReadonlyMap<string, Problem> {
  const found = new Map<string, Problem>();
  const names = new Set<string>();
  for (const row of rows) {
    const name = row.name.trim();
    if (name === "") found.set(row.key, "unnamed");
    else if (names.has(name)) found.set(row.key, "twice");
    else if (row.kind === "number" && (row.text.trim() === "" || !Number.isFinite(Number(row.text))))
      found.set(row.key, "noNumber");
    else if (row.kind === "date" && !DAY.test(row.text)) found.set(row.key, "noDate");
    names.add(name);
  }
  return found;
}

export function fieldsOf(rows: readonly Row[]): Record<string, MetadataValue> {
  return Object.fromEntries(rows.map((row) => [row.name.trim(), valueOf(row)]));
}

/** What has to be said to come from one to the other; `null` takes a field away. */
export function difference(
  before: Readonly<Record<string, MetadataValue>>,
  after: Readonly<Record<string, MetadataValue>>,
): Record<string, MetadataValue> {
  const gone = Object.keys(before).filter((name) => !(name in after));
  const fresh = Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]));
  return Object.fromEntries([...gone.map((name) => [name, null] as const), ...fresh]);
}

/** The field that a sentence of the server's names, where it is one of these. */
export function namedIn(sentence: string, names: readonly string[]): string | null {
  const named = [...sentence.matchAll(/['"“‘「]([^'"”’」]+)['"”’」]/g)].map((found) => found[1] ?? "");
  return names.find((name) => named.includes(name)) ?? null;
}

function split(text: string): string[] {
  return text
    .split(/[,，、;；]/)
    .map((each) => each.trim())
    .filter(Boolean);
}

function isList(value: MetadataValue): value is readonly string[] {
  return Array.isArray(value);
}
