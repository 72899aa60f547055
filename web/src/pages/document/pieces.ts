/** Cuts a long Markdown text where it may be cut, so that it can be shown a piece at a time. */

export interface Piece {
  /** UTF-16 units of the text. */
  readonly from: number;
  readonly to: number;
  /** What stands before it for it to be read as what it is: the header of a table, the first line of code. */
  readonly prefix: string;
}

const SIZE = 6_000; // units after which it is cut at the next good place
const MOST = 12_000; // and at the next line, whatever that is

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ROW = /^\s*\|/;
const RULE = /^\s*\|[\s:|-]+$/;

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  const state = { fence: "", header: "", before: "" };
  let from = 0;
  let prefix = "";
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf("\n", at) + 1 || text.length;
    const line = text.slice(at, next);
    const size = at - from;
    const blank = state.before.trim() === "" && state.fence === "";
    const inTable = state.header !== "" && ROW.test(line);
    if (size >= MOST || (size >= SIZE && (blank || inTable || state.fence !== ""))) {
      pieces.push({ from, to: at, prefix });
      from = at;
      prefix = state.fence || (inTable ? state.header : "");
    }
    follow(state, line);
    at = next;
  }
  if (from < text.length) pieces.push({ from, to: text.length, prefix });
  return pieces;
}

/** Keeps track of the code or table that a line belongs to. */
function follow(state: { fence: string; header: string; before: string }, line: string): void {
  const fence = FENCE.exec(line)?.[1];
  if (state.fence !== "") {
    if (fence !== undefined && state.fence.trimStart().startsWith(fence)) state.fence = "";
  } else if (fence !== undefined) {
    state.fence = line;
  } else if (!ROW.test(line)) {
    state.header = "";
  } else if (RULE.test(line) && ROW.test(state.before)) {
    state.header = state.before + line;
  }
  state.before = line;
}
