/** What stages, legs and scores are called. */

import type { Words } from "../../language";

export function stageName(words: Words, stage: string): string {
  const names: Readonly<Record<string, string>> = words.why.names;
  return names[stage] ?? stage;
}

export function legName(words: Words, leg: string): string {
  const names: Readonly<Record<string, string>> = words.why.legs;
  return names[leg] ?? leg;
}

/** A score or a time with the digits that tell something. */
export function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3);
}
