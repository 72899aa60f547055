/** Figures of runs as people read them. */

import type { Interval, RunRecord } from "../../api/evaluation";
import type { Words } from "../../language";

const OF_ANSWERS = ["evidence", "right_document", "answered", "declined", "auroc"] as const;
const OF_SEARCH = ["ndcg@10", "mrr@10", "r@10", "r@100"] as const;
const COUNTS = new Set(["n", "near_misses"]);

export interface FigureRow {
  readonly name: string;
  readonly value: number | null;
  readonly interval: Interval;
}

export function figureName(words: Words, name: string): string {
  const names: Readonly<Record<string, string>> = words.evaluation.figures;
  return names[name] ?? name;
}

/** A value of 0 to 1; where there was nothing to count, a dash. */
export function told(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : value.toFixed(3);
}

/** With its sign: +0.050. */
export function gained(value: number): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${Math.abs(value).toFixed(3)}`;
}

export function spread(interval: Interval | undefined): string {
  return interval ? `${told(interval[0])} – ${told(interval[1])}` : "–";
}

/** Those of a list that are no counts. */
export function shares(figures: Readonly<Record<string, number | null>>): [string, number | null][] {
  return Object.entries(figures).filter(([name]) => !COUNTS.has(name));
}

export function rowsOf(record: RunRecord): FigureRow[] {
  const metrics = record.metrics;
  if (metrics) return OF_SEARCH.map((name) => ({ name, value: metrics[name] ?? null, interval: record.intervals[name] ?? null }));
  const values = record as unknown as Readonly<Record<string, unknown>>;
  return OF_ANSWERS.map((name) => {
    const value = values[name];
    return { name, value: typeof value === "number" ? value : null, interval: record.intervals[name] ?? null };
  });
}
