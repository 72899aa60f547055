import { Alert, Button, Group, Paper, Stack, Text } from "@mantine/core";

import { useWords } from "../../language";

interface Given {
  readonly dirty: boolean;
  readonly busy: boolean;
  readonly failure: string | null;
  /** Whether what failed is kept nevertheless, so that the knowledge base cannot be opened. */
  readonly broken: boolean;
  readonly line: number | null;
  readonly save: () => void;
  readonly discard: () => void;
  readonly goToLine: (() => void) | null;
  readonly takeBack: (() => void) | null;
}

/** What is to become of changes that are not saved, at the lower edge of the window while there are some. */
export function SaveBar({ dirty, busy, failure, broken, line, save, discard, goToLine, takeBack }: Given) {
  const all = useWords();
  const words = all.settings;
  if (!dirty && failure === null) return null;
  return (
    <Paper withBorder shadow="sm" p="sm" style={{ position: "sticky", bottom: 8, zIndex: 50 }} role="region" aria-label={words.changes}>
      <Stack gap="xs">
        {failure !== null && (
          <Alert color="red" variant="outline" role="alert" p="xs">
            {broken ? words.broken(failure) : failure}
            {(line !== null && goToLine !== null) || takeBack !== null ? (
              <Group gap="xs" mt="xs">
                {line !== null && goToLine !== null && (
                  <Button size="compact-sm" variant="default" onClick={goToLine}>{words.toLine(line)}</Button>
                )}
                {takeBack !== null && <Button size="compact-sm" variant="default" loading={busy} onClick={takeBack}>{words.takeBack}</Button>}
              </Group>
            ) : null}
          </Alert>
        )}
        {dirty && (
          <Group justify="space-between" gap="xs">
            <Text size="sm">{words.unsaved}</Text>
            <Group gap="xs">
              <Button size="sm" variant="default" disabled={busy} onClick={discard}>{words.discard}</Button>
              <Button size="sm" loading={busy} onClick={save}>{all.shell.save}</Button>
            </Group>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
