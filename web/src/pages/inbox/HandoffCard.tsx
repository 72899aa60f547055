import { Box, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";

import type { Handoff } from "../../api/inbox";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";

/** A conversation as its visitor sent it, all of it as plain text: anybody may have written it. */
export function HandoffCard({ handoff, remove }: { handoff: Handoff; remove: () => void }) {
  const words = useWords().inbox.handoffs;
  const moments = useMoments();
  const roles: Readonly<Record<string, string>> = words.roles;
  return (
    <Paper withBorder p="md" component="article">
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="xs">
          <div>
            <Title order={2} size="h3">
              {words.of(moments.minute(handoff.time))}
            </Title>
            {handoff.key !== "" && (
              <Text size="xs" c="dimmed">
                {words.key(handoff.key)}
              </Text>
            )}
          </div>
          <Button size="xs" variant="default" onClick={remove}>
            {words.remove}
          </Button>
        </Group>
        <Text size="sm">
          <b>{words.contact}:</b> {handoff.contact === "" ? words.noContact : handoff.contact}
        </Text>
        {handoff.reason !== "" && (
          <Text size="sm">
            <b>{words.reason}:</b> {handoff.reason}
          </Text>
        )}
        <section aria-label={words.conversation}>
          <Stack gap={6}>
            {handoff.conversation.map((turn, n) => (
              // Turns have no names of their own and never change places.
              <Box key={n} pl={turn.role === "assistant" ? "md" : 0}>
                <Text size="xs" c="dimmed">
                  {roles[turn.role] ?? turn.role}
                </Text>
                <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
                  {turn.content}
                </Text>
              </Box>
            ))}
          </Stack>
        </section>
        {handoff.passages.length > 0 && (
          <details>
            <summary style={{ cursor: "pointer" }}>
              {words.passages} ({handoff.passages.length})
            </summary>
            <Stack gap="xs" mt="xs">
              {handoff.passages.map((each, n) => (
                <Box key={n}>
                  <Text size="sm" fw={600}>
                    {[each.title, each.heading].filter(Boolean).join(" › ")}
                  </Text>
                  <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
                    {each.quote}
                  </Text>
                </Box>
              ))}
            </Stack>
          </details>
        )}
      </Stack>
    </Paper>
  );
}
