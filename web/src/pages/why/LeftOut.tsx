import { Button, Group, List, Stack, Text, Title } from "@mantine/core";

import type { Explained } from "../../api/why";
import { useWords } from "../../language";
import { type Dropped, droppedOf } from "./dropped";
import { stageName } from "./naming";

/** Passages that were looked at and are no hits, with why; and how many were never looked at. */
export function LeftOut({ found, pick }: { found: Explained; pick: (document: string) => void }) {
  const words = useWords();
  const { left } = words.why;
  const { passages, unseen } = droppedOf(found);
  const said = ({ duplicateOf, stage, rank }: Dropped) =>
    duplicateOf === null ? left.beyond(stageName(words, stage), rank) : left.duplicate(duplicateOf);
  return (
    <section aria-labelledby="why-left">
      <Title order={2} id="why-left" mb="xs">{left.title}</Title>
      <Stack gap="xs">
        {passages.length > 0 && (
          <List size="sm" spacing={4}>
            {passages.map((each) => (
              <List.Item key={each.chunk}>
                <Group gap="xs" component="span">
                  <span>{each.document}: {said(each)}</span>
                  <Button size="compact-xs" variant="default" aria-label={left.whyOf(each.document)} onClick={() => pick(each.document)}>{left.why}</Button>
                </Group>
              </List.Item>
            ))}
          </List>
        )}
        {unseen > 0 && <Text size="sm">{left.candidates(unseen)}</Text>}
        {passages.length === 0 && unseen === 0 && <Text size="sm" c="dimmed">{left.none}</Text>}
      </Stack>
    </section>
  );
}
