import { Alert, Anchor, Button, Group, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";

import { goesOn, type RunRecord, useRun, useRuns, type WholeRun } from "../../api/evaluation";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { FailureNotice, Waiting } from "../../shell/notices";
import { AgainstRun } from "./AgainstRun";
import { AskedQuestions } from "./AskedQuestions";
import { figureName, gained, rowsOf, spread, told } from "./figures";
import { ReportWindow } from "./ReportWindow";

/** What a run measured, and beside an earlier one where the address names it. */
export function RunView({ base, id }: { base: string; id: string }) {
  const words = useWords().evaluation;
  const moments = useMoments();
  const [search, setSearch] = useSearchParams();
  const against = search.get("against");
  const run = useRun(base, id, against);
  return (
    <Stack>
      <Anchor component={Link} to="?" size="sm">{words.run.back}</Anchor>
      {run.error && (
        <FailureNotice error={run.error} again={() => (against === null ? void run.refetch() : setSearch({ run: id }))} />
      )}
      {!run.data && !run.error && <Waiting />}
      {run.data && (
        <>
          <div>
            <Title order={1}>{words.run.title(run.data.question_set)}</Title>
            <Text size="sm" c="dimmed">{words.measures[run.data.measure]} · {moments.minute(run.data.created)}</Text>
          </div>
          {run.data.record === null
            ? <Text>{goesOn(run.data) ? words.run.goesOn : words.run.failed}</Text>
            : <Measured base={base} run={run.data} record={run.data.record} against={against} compare={(other) => setSearch(other ? { run: id, against: other } : { run: id })} />}
        </>
      )}
    </Stack>
  );
}

interface MeasuredGiven {
  readonly base: string;
  readonly run: WholeRun;
  readonly record: RunRecord;
  readonly against: string | null;
  readonly compare: (other: string | null) => void;
}

function Measured({ base, run, record, against, compare }: MeasuredGiven) {
  const words = useWords().evaluation;
  const moments = useMoments();
  const [report, setReport] = useState(false);
  const others = (useRuns(base).data ?? []).filter((each) => each.id !== run.id && each.measure === run.measure && each.state === "done");
  const named = others.map((each) => ({ value: each.id, label: `${each.question_set} · ${moments.minute(each.created)}` }));
  return (
    <Stack gap="lg">
      {record.changed && <Alert color="orange" variant="outline" p="xs">{words.run.mixed}</Alert>}
      <Figures record={record} />
      {record.stages && <Stages stages={record.stages} />}
      <Group align="flex-end" gap="sm">
        <Select
          label={words.run.compare}
          description={others.length === 0 ? words.run.nothing : undefined}
          disabled={others.length === 0}
          clearable
          flex="1 1 260px"
          maw={420}
          data={named}
          value={against}
          onChange={compare}
        />
        <Button variant="default" onClick={() => setReport(true)}>{words.run.report}</Button>
      </Group>
      {run.against && <AgainstRun against={run.against} name={named.find((each) => each.value === against)?.label ?? run.against.run} />}
      <AskedQuestions base={base} questions={record.questions} />
      <ReportWindow base={base} run={run} opened={report} close={() => setReport(false)} />
    </Stack>
  );
}

function Figures({ record }: { record: RunRecord }) {
  const words = useWords();
  const text = words.evaluation.run;
  return (
    <Table className="numbers" aria-label={text.figure} maw={620}>
      <Table.Thead>
        <Table.Tr><Table.Th>{text.figure}</Table.Th><Table.Th>{text.value}</Table.Th><Table.Th>{text.interval}</Table.Th></Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rowsOf(record).map(({ name, value, interval }) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={400}>{figureName(words, name)}</Table.Th>
            <Table.Td><b>{told(value)}</b></Table.Td>
            <Table.Td>{spread(interval)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Stages({ stages }: { stages: NonNullable<RunRecord["stages"]> }) {
  const words = useWords().evaluation;
  const text = words.run;
  const names: Readonly<Record<string, string>> = words.stages;
  return (
    <section aria-labelledby="run-stages">
      <Title order={2} id="run-stages" mb="xs">{text.stages}</Title>
      <Table className="numbers" aria-labelledby="run-stages" maw={620}>
        <Table.Thead>
          <Table.Tr><Table.Th>{text.stage}</Table.Th><Table.Th>nDCG@10</Table.Th><Table.Th>{text.gain}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {stages.map(({ name, metrics, gain }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>{names[name] ?? name}</Table.Th>
              <Table.Td>{told(metrics["ndcg@10"])}</Table.Td>
              <Table.Td>{gain ? `${gained(gain.mean)} (${gained(gain.low)} … ${gained(gain.high)})` : "–"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
