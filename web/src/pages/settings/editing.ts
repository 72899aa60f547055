/** Single settings read out of the text of wenyuan.toml and put into it; the rest of it stays as it is. */

import { type Entry, type Scanned, plainValue, scanned } from "./toml";

export type Value = string | number | boolean;

/** What the text says of a setting such as `answer.confidence`. */
export type Told =
  | { readonly kind: "unset" }
  | { readonly kind: "set"; readonly value: Value }
  /** It is written in a way that only whoever edits the text can change. */
  | { readonly kind: "other" };

export function told(text: string, name: string): Told {
  const found = scanned(text);
  if (found === null) return { kind: "other" };
  const path = name.split(".");
  const entry = entryOf(found, path);
  if (entry === undefined) return covers(found, path) ? { kind: "other" } : { kind: "unset" };
  const value = plainValue(text.slice(entry.value, entry.end));
  return value === null ? { kind: "other" } : { kind: "set", value };
}

/** The text with another value of a setting; `null` takes it out, so that its default holds. */
export function put(text: string, name: string, value: Value | null): string {
  const found = scanned(text);
  const path = name.split(".");
  if (found === null || covers(found, path)) return text;
  const entry = entryOf(found, path);
  if (entry !== undefined) {
    return value === null
      ? text.slice(0, entry.line) + text.slice(entry.next)
      : text.slice(0, entry.value) + written(value) + text.slice(entry.end);
  }
  return value === null ? text : added(text, found, path, written(value));
}

/** The number of the line that a sentence of the server's is about: it names the line, or the setting. */
export function lineNamed(text: string, sentence: string): number | null {
  const number = /\bline (\d+)|第 ?(\d+) ?行/.exec(sentence);
  if (number) return Number(number[1] ?? number[2]);
  const name = settingNamed(sentence);
  const found = name === null ? null : scanned(text);
  const entry = found?.entries.find((each) => each.path.join(".") === name);
  return entry === undefined ? null : text.slice(0, entry.line).split("\n").length;
}

/** The setting that a sentence of the server's names. */
export function settingNamed(sentence: string): string | null {
  return /['"“‘]([a-z_]+(?:\.[a-z_0-9]+)+)['"”’]/.exec(sentence)?.[1] ?? null;
}

function added(text: string, found: Scanned, path: readonly string[], value: string): string {
  const [section = "", ...rest] = path;
  const line = `${rest.join(".")} = ${value}`;
  const header = found.headers.find((each) => !each.many && each.path.length === 1 && each.path[0] === section);
  const inside = found.entries.filter((each) => each.table.length === 1 && each.table[0] === section);
  if (header !== undefined) return inserted(text, inside.at(-1)?.next ?? header.next, line);
  const dotted = found.entries.filter((each) => each.table.length === 0 && each.path[0] === section);
  const last = dotted.at(-1);
  if (last !== undefined) return inserted(text, last.next, `${section}.${line}`);
  const before = text.trimEnd();
  return `${before === "" ? "" : `${before}\n\n`}[${section}]\n${line}\n`;
}

function inserted(text: string, at: number, line: string): string {
  const before = text.slice(0, at);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${line}\n${text.slice(at)}`;
}

function entryOf(found: Scanned, path: readonly string[]): Entry | undefined {
  return found.entries.find((each) => each.path.length === path.length && isBegin(each.path, path));
}

/** Whether a table stands in one value, in which it cannot be found. */
function covers(found: Scanned, path: readonly string[]): boolean {
  return found.entries.some((each) => each.path.length < path.length && isBegin(each.path, path));
}

function isBegin(begin: readonly string[], path: readonly string[]): boolean {
  return begin.every((name, at) => path[at] === name);
}

function written(value: Value): string {
  return typeof value === "string" ? JSON.stringify(value).replace(/\u007f/g, "\\u007f") : String(value);
}
