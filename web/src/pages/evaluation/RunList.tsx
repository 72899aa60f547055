import { Alert, Badge, Button, Group, Paper, Progress, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import { goesOn, type Run, runUrl, useFollowed, useRuns, useStoppedRun } from "../../api/evaluation";
import { sentenceOf } from "../../api/failure";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { FailureNotice, Waiting } from "../../shell/notices";
import { figureName, shares, told } from "./figures";
import { useRemoval } from "./removing";

/** All runs, the newest first: how far they are, or what they measured. */
export function RunList({ base }: { base: string }) {
  const words = useWords().evaluation.runs;
  const runs = useRuns(base);
  const { hidden, remove } = useRemoval(["base", base, "runs"]);
  const shown = runs.data?.filter((each) => !hidden.has(each.id)) ?? [];
  return (
    <section aria-labelledby="evaluation-runs">
      <Title order={2} id="evaluation-runs" mb="xs">{words.title}</Title>
      {runs.error && <FailureNotice error={runs.error} again={() => void runs.refetch()} />}
      {runs.isPending && <Waiting />}
      {runs.data && shown.length === 0 && <Text c="dimmed">{words.none}</Text>}
      <Stack gap="xs">
        {shown.map((run) => <RunCard key={run.id} base={base} run={run} remove={() => remove(run.id, runUrl(base, run.id), words.removed)} />)}
      </Stack>
    </section>
  );
}

function RunCard({ base, run, remove }: { base: string; run: Run; remove: () => void }) {
  const { runs: words, measures } = useWords().evaluation;
  const moments = useMoments();
  const when = moments.minute(run.created);
  const running = goesOn(run);
  useFollowed(base, run.id, running);
  return (
    <Paper withBorder p="sm" component="article" aria-label={words.of(run.question_set, measures[run.measure])}>
      <Group justify="space-between" gap="xs">
        <Group gap="sm">
          <Text fw={600}>{words.of(run.question_set, measures[run.measure])}</Text>
          <Badge size="sm" variant="outline" c="inherit" color={run.state === "failed" ? "red" : "gray"} tt="none">{words.states[run.state]}</Badge>
          <Text size="xs" c="dimmed">{when}</Text>
        </Group>
        <Group gap="xs">
          {run.state === "done" && (
            <Button component={Link} to={`?run=${encodeURIComponent(run.id)}`} size="xs" variant="default" aria-label={words.openOf(run.question_set, when)}>
              {words.open}
            </Button>
          )}
          {!running && <Button size="xs" variant="default" aria-label={words.removeOf(run.question_set, when)} onClick={remove}>{words.remove}</Button>}
        </Group>
      </Group>
      {running && <HowFar base={base} run={run} />}
      {run.error && <Text size="sm" c="var(--mantine-color-error)">{run.error.message}</Text>}
      {run.figures && <FigureLine figures={run.figures} />}
    </Paper>
  );
}

function HowFar({ base, run }: { base: string; run: Run }) {
  const words = useWords().evaluation.runs;
  const stopping = useStoppedRun(base);
  const { done, total } = run.progress ?? { done: 0, total: null };
  const told = total === null ? words.states[run.state] : words.progress(done, total);
  return (
    <Stack gap={4} mt="xs">
      <Group gap="sm" wrap="nowrap">
        <Progress flex={1} size="sm" value={total ? (done / total) * 100 : 0} aria-label={told} />
        <Text size="xs" c="dimmed">{told}</Text>
        <Button size="compact-xs" variant="default" loading={stopping.isPending} onClick={() => stopping.mutate(run.id)}>{words.stop}</Button>
      </Group>
      {stopping.error && <Alert color="red" variant="outline" role="alert" p="xs">{sentenceOf(stopping.error)}</Alert>}
    </Stack>
  );
}

function FigureLine({ figures }: { figures: Readonly<Record<string, number | null>> }) {
  const words = useWords();
  return (
    <Group gap="lg" mt={6} className="figures">
      <Text size="sm" c="dimmed">{words.evaluation.runs.asked(figures.n ?? 0)}</Text>
      {shares(figures).map(([name, value]) => <Text key={name} size="sm">{figureName(words, name)} <b>{told(value)}</b></Text>)}
    </Group>
  );
}
