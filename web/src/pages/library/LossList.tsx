import { Anchor, List, Paper, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { addressInLibrary } from "./address";
import type { Loss } from "./losses";

/** Files that could not be read, or not whole, with the reason. */
export function LossList({ base, losses }: { base: string; losses: readonly Loss[] }) {
  const words = useWords().library.notes;
  const moments = useMoments();
  const heads = { failed: words.failed, warning: words.warnings, passed: words.passed };
  if (losses.length === 0) return <Text c="dimmed">{words.none}</Text>;
  return (
    <Stack>
      {(["failed", "warning", "passed"] as const).map((kind) => {
        const some = losses.filter((each) => each.kind === kind);
        if (some.length === 0) return null;
        return (
          <Paper key={kind} withBorder p="md">
            <Title order={2} size="h3" mb="xs">
              {heads[kind]}
            </Title>
            <List spacing="xs" listStyleType="none">
              {some.map((each) => (
                <List.Item key={each.about}>
                  {kind === "passed" ? (
                    words.passedOver(each.files, each.about)
                  ) : kind === "failed" ? (
                    <Text span fw={600}>
                      {each.about}
                    </Text>
                  ) : (
                    <Anchor component={Link} to={addressInLibrary(base, each.about)}>
                      {each.about}
                    </Anchor>
                  )}
                  {each.sentences.map((sentence) => (
                    <Text key={sentence} size="sm">
                      {sentence}
                    </Text>
                  ))}
                  <Text size="xs" c="dimmed">
                    {words.when(moments.minute(each.time))}
                  </Text>
                </List.Item>
              ))}
            </List>
          </Paper>
        );
      })}
    </Stack>
  );
}
