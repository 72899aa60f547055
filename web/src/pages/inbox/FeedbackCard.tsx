import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";

import type { Said } from "../../api/inbox";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";

/** What somebody said of an answer, all of it as plain text. */
export function FeedbackCard({ said, byAnswer }: { said: Said; byAnswer: () => void }) {
  const words = useWords();
  const moments = useMoments();
  const question = said.question ?? "";
  return (
    <Paper withBorder p="md" component="article" aria-label={question}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="xs">
          <Title order={2} size="h3">
            {question}
          </Title>
          {said.verdict === "wrong" && (
            <Button size="xs" variant="default" onClick={byAnswer}>
              {words.inbox.byAnswer}
            </Button>
          )}
        </Group>
        <Group gap="xs">
          <Badge variant="outline" c="inherit" color={said.verdict === "right" ? "green" : "orange"} tt="none">
            {words.ask[said.verdict]}
          </Badge>
          <Text size="xs" c="dimmed">
            {moments.minute(new Date(said.time * 1000).toISOString())}
          </Text>
        </Group>
        {said.answer && (
          <Text size="sm" lineClamp={6} style={{ whiteSpace: "pre-wrap" }}>
            <b>{words.inbox.feedback.answer}:</b> {said.answer}
          </Text>
        )}
        {said.correction && (
          <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
            <b>{words.inbox.feedback.correction}:</b> {said.correction}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
