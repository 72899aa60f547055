import { Paper, Text, Title } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from "react";

import { useWords } from "../../language";
import { CurveTable } from "./CurveTable";
import { type Chart, HEIGHT, INNER, WIDTH, figure, pathOf, scalesOf, stepsOf, valueAt } from "./charts";

const LEAP = 10; // points that Page Up and Page Down go

/** One figure over the steps of training. A pointer or the arrow keys read it out, and a table has it in numbers. */
export function CurveChart({ chart }: { chart: Chart }) {
  const words = useWords().training;
  const { across, up, steps } = useMemo(() => ({ ...scalesOf(chart), steps: stepsOf(chart) }), [chart]);
  const [place, setPlace] = useState<number | null>(null);
  const last = steps.length - 1;
  const step = place === null ? null : (steps[Math.min(place, last)] ?? null);

  function point(event: PointerEvent<SVGSVGElement>): void {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const distances = steps.map((each) => Math.abs(across.at(each) - x));
    setPlace(distances.indexOf(distances.reduce((least, each) => Math.min(least, each), Infinity)));
  }

  function press(event: KeyboardEvent): void {
    const now = Math.min(place ?? last, last);
    const next = {
      ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1,
      PageUp: now + LEAP, PageDown: now - LEAP, Home: 0, End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setPlace(Math.max(0, Math.min(last, next)));
  }

  const readings = (at: number) =>
    chart.lines.flatMap((line) => {
      const value = valueAt(line, at);
      return value === null ? [] : [line.stage === "" ? figure(value) : `${line.stage}: ${figure(value)}`];
    });
  const told = (at: number) => words.reading(figure(at), readings(at).join(words.comma));
  const shown = Math.min(place ?? last, last);
  return (
    <Paper withBorder p="sm" component="section" aria-label={chart.name} className="curve">
      <Title order={2} size="h3">{chart.name}</Title>
      <Text size="sm" c="dimmed" mih={22}>{told(step ?? steps[last] ?? 0)}</Text>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="slider"
        tabIndex={0}
        aria-label={words.curveOf(chart.name)}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={shown}
        aria-valuetext={told(steps[shown] ?? 0)}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setPlace(null)}
        onFocus={() => setPlace((now) => now ?? last)}
        onBlur={() => setPlace(null)}
        onKeyDown={press}
      >
        {up.ticks.map((tick) => (
          <g key={tick}>
            <line className="curve-rule" x1={INNER.left} x2={INNER.right} y1={up.at(tick)} y2={up.at(tick)} />
            <text x={INNER.left - 6} y={up.at(tick) + 4} textAnchor="end">{figure(tick)}</text>
          </g>
        ))}
        {across.ticks.map((tick, at) => (
          <text key={tick} x={across.at(tick)} y={HEIGHT - 8} textAnchor={at === across.ticks.length - 1 ? "end" : at === 0 ? "start" : "middle"}>
            {figure(tick)}
          </text>
        ))}
        {chart.lines.map((line, at) =>
          line.points.length === 1 ? (
            <circle key={line.stage} className={`curve-dot curve-${at % 4}`} cx={across.at(line.points[0]?.[0] ?? 0)} cy={up.at(line.points[0]?.[1] ?? 0)} r={4} />
          ) : (
            <path key={line.stage} className={`curve-line curve-${at % 4}`} d={pathOf(line.points, across, up)} />
          ),
        )}
        {step !== null && <line className="curve-here" x1={across.at(step)} x2={across.at(step)} y1={INNER.top} y2={INNER.bottom} />}
        {step !== null &&
          chart.lines.map((line, at) => {
            const value = valueAt(line, step);
            return value !== null && <circle key={line.stage} className={`curve-dot curve-${at % 4}`} cx={across.at(step)} cy={up.at(value)} r={4} />;
          })}
      </svg>
      {chart.lines.length > 1 && (
        <div className="curve-legend">
          {chart.lines.map((line, at) => (
            <span key={line.stage}>
              <svg viewBox="0 0 28 8" aria-hidden><line className={`curve-line curve-${at % 4}`} x1={0} x2={28} y1={4} y2={4} /></svg>
              {line.stage === "" ? words.itself : line.stage}
            </span>
          ))}
        </div>
      )}
      <CurveTable chart={chart} steps={steps} />
    </Paper>
  );
}
