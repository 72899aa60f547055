/** Offsets: the server counts characters (code points), JavaScript counts UTF-16 units. They differ after an emoji. */

const PAIRED = /[\ud800-\udbff]/;

/** Where, in UTF-16 units, the character `points` begins; the end of the text where it has fewer. */
export function unitsOf(text: string, points: number): number {
  if (!PAIRED.test(text)) return Math.min(points, text.length);
  let units = 0;
  for (let counted = 0; counted < points && units < text.length; counted += 1) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}

/** How many characters stand before a UTF-16 unit. */
export function pointsOf(text: string, units: number): number {
  let points = 0;
  for (let at = 0; at < units && at < text.length; points += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return points;
}

/** The characters [start, end) of a text. */
export function stretch(text: string, start: number, end: number): string {
  return text.slice(unitsOf(text, start), unitsOf(text, end));
}
