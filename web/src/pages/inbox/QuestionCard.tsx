import { Anchor, Badge, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { Link, useNavigate } from "react-router";

import type { Unanswered } from "../../api/inbox";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { addressInLibrary } from "../library/address";

interface Given {
  readonly base: string;
  readonly question: Unanswered;
  readonly busy: boolean;
  readonly byDocument: () => void;
  readonly byAnswer: () => void;
  readonly done: () => void;
}

/** A question that was not answered: how often it was asked, and what came nearest. */
export function QuestionCard({ base, question, busy, byDocument, byAnswer, done }: Given) {
  const words = useWords().inbox;
  const moments = useMoments();
  const navigate = useNavigate();

  function ask(): void {
    sessionStorage.setItem(`wenyuan/draft/${base}`, JSON.stringify(question.question)); // what the page Ask has as typed
    void navigate(`/kb/${encodeURIComponent(base)}/ask`);
  }

  return (
    <Paper withBorder p="md" component="article" aria-label={question.question}>
      <Stack gap="xs">
        <Title order={2} size="h3">
          {question.question}
        </Title>
        <Group gap="xs">
          <Badge size="sm" variant="outline" c="inherit" color="gray" tt="none">
            {words.times(question.times)}
          </Badge>
          <Text size="xs" c="dimmed">
            {words.last(moments.minute(question.last))}
          </Text>
        </Group>
        {question.reason !== "" && <Text size="sm">{question.reason}</Text>}
        <Text size="sm" fw={600}>
          {question.nearest.length === 0 ? words.noNearest : words.nearest}
        </Text>
        {question.nearest.length > 0 && (
          <List size="sm">
            {question.nearest.map((near) => (
              <List.Item key={near.chunk}>
                <Anchor
                  component={Link}
                  size="sm"
                  to={`${addressInLibrary(base, near.document)}?view=passages&passage=${near.chunk}`}
                >
                  {[near.title, ...near.headings.filter((heading) => heading !== near.title)].join(" › ")}
                </Anchor>
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="xs">
          <Button size="xs" onClick={byDocument}>
            {words.byDocument}
          </Button>
          <Button size="xs" variant="default" onClick={byAnswer}>
            {words.byAnswer}
          </Button>
          <Button size="xs" variant="default" onClick={ask}>
            {words.ask}
          </Button>
          <Button size="xs" variant="default" loading={busy} onClick={done}>
            {words.done}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
