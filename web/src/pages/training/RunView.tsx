import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import { useTrainingRun } from "../../api/training";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import { CurveChart } from "./CurveChart";
import { RecordTable } from "./RecordTable";
import { RunMarks } from "./RunMarks";
import { chartsOf } from "./charts";
import "./training.css";

/** The curves of a run, and what is known of it. */
export function RunView({ name }: { name: string }) {
  const words = useWords().training;
  const run = useTrainingRun(name);
  const charts = run.data ? chartsOf(run.data.curves) : [];
  return (
    <Stack maw={1100} mx="auto" p="md">
      <div>
        <Anchor component={Link} to="/training" size="sm">{words.all}</Anchor>
        <Title order={1}>{name}</Title>
        {run.data && <RunMarks run={run.data} />}
      </div>
      {run.error && <FailureNotice error={run.error} again={() => void run.refetch()} />}
      {!run.data && !run.error && <Waiting />}
      {run.data && charts.length === 0 && <Text>{words.noCurves}</Text>}
      {run.data && (
        <div className="curve-grid">
          {charts.map((chart) => <CurveChart key={chart.name} chart={chart} />)}
        </div>
      )}
      {run.data && (
        <section>
          <Title order={2} mb="xs">{words.record}</Title>
          {run.data.record === null ? <Text size="sm">{words.noRecord}</Text> : <RecordTable record={run.data.record} />}
        </section>
      )}
    </Stack>
  );
}
