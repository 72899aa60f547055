import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import { type TrainingRun, useTrainingRuns } from "../../api/training";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import { RunMarks } from "./RunMarks";

/** All runs, the newest first. */
export function RunList() {
  const words = useWords().training;
  const runs = useTrainingRuns();
  return (
    <Stack maw={900} mx="auto" p="md">
      <div>
        <Title order={1}>{words.title}</Title>
        <Text c="dimmed" size="sm">{words.hint}</Text>
      </div>
      {runs.error && <FailureNotice error={runs.error} again={() => void runs.refetch()} />}
      {!runs.data && !runs.error && <Waiting />}
      {runs.data?.length === 0 && <Text>{words.none}</Text>}
      {runs.data?.map((run) => <RunCard key={run.name} run={run} />)}
    </Stack>
  );
}

function RunCard({ run }: { run: TrainingRun }) {
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h3">
          {run.error === null ? <Anchor component={Link} inherit to={`/training/${encodeURIComponent(run.name)}`}>{run.name}</Anchor> : run.name}
        </Title>
        <RunMarks run={run} />
      </Group>
      {run.error !== null && <Text size="sm" c="var(--mantine-color-error)">{run.error.message}</Text>}
    </Paper>
  );
}
