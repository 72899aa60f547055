import { Alert, Button, Group, List, Stack, Text, Title } from "@mantine/core";

import { useHealth } from "../../api/settings";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";

/** Whether the indexes of the knowledge base agree. */
export function HealthView({ base }: { base: string }) {
  const words = useWords().settings.health;
  const health = useHealth(base);
  const found = health.data;
  return (
    <Stack gap="xs" component="section" aria-label={words.title}>
      <Group justify="space-between">
        <Title order={2}>{words.title}</Title>
        <Button size="xs" variant="default" loading={health.isFetching} onClick={() => void health.refetch()}>{words.again}</Button>
      </Group>
      {health.error && <FailureNotice error={health.error} />}
      {!found && !health.error && <Waiting />}
      {found && (
        <>
          {found.problems.length === 0 ? (
            <Alert color="green" variant="outline" p="xs">{words.good}</Alert>
          ) : (
            <Alert color="red" variant="outline" p="xs" title={words.problems(found.problems.length)}>
              <List size="sm">{found.problems.map((each) => <List.Item key={each}>{each}</List.Item>)}</List>
            </Alert>
          )}
          <Text size="sm" c="dimmed">{words.size(found.documents, found.chunks, found.version, found.model)}</Text>
        </>
      )}
    </Stack>
  );
}
