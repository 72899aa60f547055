import { Alert, Badge, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { sentenceOf } from "../../api/failure";
import { type Source, documentsOf, isAtWork, usePauseSource, useRunSource } from "../../api/sources";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { FailureList } from "./FailureList";
import { RemoveSource } from "./RemoveSource";

/** A source: how it stands, and what can be done with it. */
export function SourceCard({ base, source }: { base: string; source: Source }) {
  const words = useWords().sources;
  const moments = useMoments();
  const [listed, failures] = useDisclosure(false);
  const [removing, removal] = useDisclosure(false);
  const running = useRunSource(base);
  const pausing = usePauseSource(base);
  const wrong = running.error ?? pausing.error;
  const notes = source.found.notes ?? [];
  return (
    <Paper withBorder p="md" component="section" aria-label={words.more(source.name)}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <Group gap="sm">
              <Title order={2} size="h3">
                {source.name}
              </Title>
              <StateBadge source={source} />
            </Group>
            <Text size="sm" c="dimmed">
              {words.kinds[source.kind]} · {source.location}
            </Text>
          </div>
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              loading={running.isPending || isAtWork(source)}
              onClick={() => running.mutate(source.name)}
            >
              {words.run}
            </Button>
            <Button
              size="xs"
              variant="default"
              loading={pausing.isPending}
              onClick={() => pausing.mutate({ name: source.name, paused: !source.paused })}
            >
              {source.paused ? words.resume : words.pause}
            </Button>
            <Button size="xs" variant="default" onClick={removal.open}>
              {words.remove}
            </Button>
          </Group>
        </Group>
        <Group gap="md">
          <Text size="sm">{words.documents(documentsOf(source))}</Text>
          {source.done !== null && (
            <Text size="sm" c="dimmed">
              {words.last(moments.minute(source.done))}
            </Text>
          )}
          {!source.paused && !isAtWork(source) && (
            <Text size="sm" c="dimmed">
              {words.next(moments.minute(source.next))}
            </Text>
          )}
        </Group>
        {source.error !== null && (
          <Alert color="red" variant="outline" p="xs">
            {source.error}
          </Alert>
        )}
        {wrong && (
          <Alert color="red" variant="outline" role="alert" p="xs">
            {sentenceOf(wrong)}
          </Alert>
        )}
        {notes.length > 0 && (
          <details>
            <summary style={{ cursor: "pointer" }}>{words.notes(notes.length)}</summary>
            <List size="sm">
              {notes.map((each) => (
                <List.Item key={each}>{each}</List.Item>
              ))}
            </List>
          </details>
        )}
        {source.failures > 0 && (
          <>
            <Button
              size="compact-sm"
              variant="subtle"
              aria-expanded={listed}
              style={{ alignSelf: "flex-start" }}
              ml={-8}
              onClick={failures.toggle}
            >
              {words.failures(source.failures)}: {listed ? words.hideFailures : words.showFailures}
            </Button>
            {listed && <FailureList base={base} source={source} />}
          </>
        )}
      </Stack>
      <RemoveSource base={base} source={source} opened={removing} close={removal.close} />
    </Paper>
  );
}

function StateBadge({ source }: { source: Source }) {
  const words = useWords().sources.states;
  const [state, colour] = stateOf(source);
  return (
    <Badge size="sm" variant="outline" color={colour} c="inherit">
      {words[state]}
    </Badge>
  );
}

function stateOf(source: Source): ["running" | "queued" | "failed" | "paused" | "waiting" | "fresh", string] {
  if (source.state === "running" || source.state === "queued") return [source.state, "teal"];
  if (source.error !== null || source.state === "failed") return ["failed", "red"];
  if (source.paused) return ["paused", "gray"];
  return source.done === null ? ["fresh", "gray"] : ["waiting", "green"];
}
