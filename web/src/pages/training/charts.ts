/** Curves as charts: which belong into one, and where their points lie. */

import type { Point, WholeRun } from "../../api/training";

export interface Line {
  /** The stage that it is of; empty of the run itself. */
  readonly stage: string;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly name: string;
  readonly lines: readonly Line[];
}

export const WIDTH = 480;
export const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 28;
export const INNER = { left: LEFT, right: WIDTH - RIGHT, top: TOP, bottom: HEIGHT - BOTTOM } as const;

const STAGE = /^(stage-\S+) (.+)$/;
const TICKS = 4;

/** One chart for each figure: the loss first, then what the dev set says, then the rest. */
export function chartsOf(curves: WholeRun["curves"]): Chart[] {
  const found = new Map<string, Line[]>();
  for (const [series, points] of Object.entries(curves)) {
    const [, stage = "", name = series] = STAGE.exec(series) ?? [];
    if (points.length > 0) found.set(name, [...(found.get(name) ?? []), { stage, points }]);
  }
  const rank = (name: string) => (/loss/i.test(name) ? 0 : /dev|eval|mrr|ndcg|recall|hit|f1|accuracy|exact/i.test(name) ? 1 : 2);
  return [...found].map(([name, lines]) => ({ name, lines })).sort((one, other) => rank(one.name) - rank(other.name));
}

/** From numbers to pixels, with round numbers along the way. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export function scalesOf(chart: Chart): { across: Scale; up: Scale } {
  const points = chart.lines.flatMap((line) => line.points);
  return {
    across: scale(points.map(([step]) => step), INNER.left, INNER.right),
    up: scale(points.map(([, value]) => value), INNER.bottom, INNER.top),
  };
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const wide = high > low ? high - low : Math.abs(high) || 1;
  const apart = roundStep(wide / TICKS);
  const first = high > low ? Math.floor(low / apart) : Math.round(low / apart) - 1;
  const last = high > low ? Math.ceil(high / apart) : first + 2;
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => (first + at) * apart);
  const begin = first * apart;
  const length = (last - first) * apart;
  return { at: (value) => from + ((value - begin) / length) * (to - from), ticks };
}

/** 1, 2 or 5 and noughts, the next that is not less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((each) => each * power >= least * 0.999) ?? 10) * power;
}

export function pathOf(points: readonly Point[], across: Scale, up: Scale): string {
  return points.map(([step, value], at) => `${at === 0 ? "M" : "L"}${across.at(step).toFixed(1)},${up.at(value).toFixed(1)}`).join("");
}

/** The steps that any line has a point at, in their order. */
export function stepsOf(chart: Chart): number[] {
  return [...new Set(chart.lines.flatMap((line) => line.points.map(([step]) => step)))].sort((one, other) => one - other);
}

export function valueAt(line: Line, step: number): number | null {
  return line.points.find(([each]) => each === step)?.[1] ?? null;
}

/** Short enough for an axis: 0.25, 1200, 3e-5. */
export function figure(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size < 0.001 || size >= 1e6 ? value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e") : String(Number(value.toPrecision(4)));
}
