/** Where a passage stands now, for a document may have changed since an answer quoted it. */

import { pointsOf, stretch, unitsOf } from "../../shared/points";

export interface Settled {
  /** UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Characters, as the server counts them. */
  readonly from: number;
  readonly to: number;
  readonly state: "as asked" | "moved" | "gone" | "beyond";
}

export function settled(text: string, from: number, to: number, quote: string | null): Settled {
  const nothing = { start: 0, end: 0, from: 0, to: 0 };
  if (to <= from) return { ...nothing, state: "as asked" };
  const there = stretch(text, from, to);
  if (quote === null || there === quote) {
    if (there === "") return { ...nothing, state: "beyond" };
    return { start: unitsOf(text, from), end: unitsOf(text, to), from, to, state: "as asked" };
  }
  const start = text.indexOf(quote);
  if (start < 0) return { ...nothing, state: "gone" };
  const end = start + quote.length;
  return { start, end, from: pointsOf(text, start), to: pointsOf(text, end), state: "moved" };
}
