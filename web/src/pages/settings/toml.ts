/** TOML as text: where its keys stand. The server says whether it is valid; this only finds its way in what is. */

export interface Entry {
  /** With the names of the table that it stands in. */
  readonly path: readonly string[];
  /** Where its line begins, where its value does and ends, and where the next line begins. */
  readonly line: number;
  readonly value: number;
  readonly end: number;
  readonly next: number;
  /** Names of the table of the header above it. */
  readonly table: readonly string[];
}

export interface Header {
  readonly path: readonly string[];
  readonly next: number;
  readonly many: boolean;
}

export interface Scanned {
  readonly entries: readonly Entry[];
  readonly headers: readonly Header[];
}

const BARE = /[A-Za-z0-9_-]+/y;
const SPACE = /[ \t]*/y;
const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const QUOTED = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const STRING = /"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const PLAIN = /[^"'#[\]{}\r\n]+/y;

/** `null` where the text makes no sense. */
export function scanned(text: string): Scanned | null {
  const entries: Entry[] = [];
  const headers: Header[] = [];
  let table: readonly string[] = [];
  for (let at = after(BLANK, text, 0); at < text.length; at = after(BLANK, text, at)) {
    const line = text.lastIndexOf("\n", at - 1) + 1;
    const many = text.startsWith("[[", at);
    if (text[at] === "[") {
      const key = keyAt(text, at + (many ? 2 : 1));
      if (key === null || !text.startsWith(many ? "]]" : "]", key.end)) return null;
      table = key.path;
      at = lineAfter(text, key.end);
      headers.push({ path: table, next: at, many });
      continue;
    }
    const key = keyAt(text, at);
    if (key === null || text[key.end] !== "=") return null;
    const value = after(SPACE, text, key.end + 1);
    const end = valueEnd(text, value);
    if (end === null || end === value) return null;
    const next = lineAfter(text, end);
    entries.push({ path: [...table, ...key.path], line, value, end, next, table });
    at = next;
  }
  return { entries, headers };
}

/** A dotted key, with the blanks after it. */
function keyAt(text: string, from: number): { path: string[]; end: number } | null {
  const path: string[] = [];
  for (let at = after(SPACE, text, from); ; at = after(SPACE, text, at + 1)) {
    const end = Math.max(after(BARE, text, at), after(QUOTED, text, at));
    if (end === at) return null;
    const name = text.slice(at, end);
    path.push(/^["']/.test(name) ? (stringOf(name) ?? name) : name);
    at = after(SPACE, text, end);
    if (text[at] !== ".") return { path, end: at };
  }
}

/** Where a value ends that may go over several lines. */
function valueEnd(text: string, from: number): number | null {
  let depth = 0;
  let end = from;
  for (let at = from; at < text.length; ) {
    const sign = text[at] ?? "";
    if (sign === '"' || sign === "'") {
      at = end = after(STRING, text, at);
      if (end === from || !/["']/.test(text[end - 1] ?? "")) return null;
    } else if (sign === "[" || sign === "{") {
      depth += 1;
      at = end = at + 1;
    } else if (sign === "]" || sign === "}") {
      depth -= 1;
      if (depth < 0) return null;
      at = end = at + 1;
    } else if (sign === "#" || sign === "\n" || sign === "\r") {
      if (depth === 0) return end;
      at = after(BLANK, text, at);
    } else {
      const stop = after(PLAIN, text, at);
      if (stop === at) return null;
      end = from + text.slice(from, stop).trimEnd().length;
      at = stop;
    }
  }
  return depth === 0 ? end : null;
}

/** What a value says, where it is one word, number or truth. */
export function plainValue(raw: string): string | number | boolean | null {
  if (raw === "true" || raw === "false") return raw === "true";
  if (/^["']/.test(raw)) return stringOf(raw);
  const number = Number(raw.replace(/_/g, ""));
  return raw === "" || Number.isNaN(number) ? null : number;
}

function stringOf(raw: string): string | null {
  const marks = raw.startsWith('"""') || raw.startsWith("'''") ? 3 : 1;
  const inside = raw.slice(marks, -marks).replace(marks === 3 ? /^\r?\n/ : /^(?!)/, "");
  if (raw.startsWith("'")) return inside;
  try {
    const joined = inside.replace(/\\[ \t]*\r?\n\s*/g, "");
    return joined.replace(/\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)/g, (_, said: string) => escape(said));
  } catch {
    return null;
  }
}

function escape(said: string): string {
  if (said.length > 1) return String.fromCodePoint(parseInt(said.slice(1), 16));
  const known: Record<string, string> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", e: "\u001b" };
  return known[said] ?? said;
}

function after(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

function lineAfter(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end + 1;
}
