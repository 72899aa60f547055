import { Badge, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

import { usePassages } from "../../api/queries";
import type { Passage } from "../../api/types";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import { whereabouts } from "../../shared/places";
import type { Settled } from "./settled";

interface Given {
  readonly base: string;
  readonly document: string;
  readonly passage: Settled;
  readonly open: (passage: Passage) => void;
  /** What else can be done with a passage. */
  readonly actions?: (passage: Passage) => ReactNode;
}

/** What a document was cut into; those that hold the marked characters are framed. */
export function PassagesTab({ base, document, passage, open, actions }: Given) {
  const words = useWords().document;
  const passages = usePassages(base, document);
  const shown = useRef<HTMLDivElement>(null);
  useEffect(() => {
    shown.current?.querySelector("[data-marked=true]")?.scrollIntoView({ block: "center" });
  }, [passages.data, passage.from]);
  if (passages.error) return <FailureNotice error={passages.error} again={() => void passages.refetch()} />;
  if (!passages.data) return <Waiting />;
  if (passages.data.length === 0) return <Text c="dimmed">{words.noPassages}</Text>;
  return (
    <Stack gap="sm" ref={shown}>
      {passages.data.map((each) => (
        <PassageCard key={each.chunk} passage={each} marked={each.start < passage.to && each.end > passage.from}>
          <Button size="compact-xs" variant="subtle" onClick={() => open(each)}>
            {words.showInText}
          </Button>
          {actions?.(each)}
        </PassageCard>
      ))}
    </Stack>
  );
}

function PassageCard({ passage, marked, children }: { passage: Passage; marked: boolean; children: ReactNode }) {
  const words = useWords();
  const standing = [passage.headings.join(" › "), whereabouts(words, passage)].filter(Boolean).join(" · ");
  const frame = marked ? { borderColor: "var(--mantine-primary-color-filled)", borderWidth: 2 } : {};
  return (
    <Paper
      withBorder
      p="sm"
      data-marked={marked}
      style={{ contentVisibility: "auto", containIntrinsicSize: "auto 140px", ...frame }}
    >
      <Group gap="xs" mb={4}>
        <Text size="sm" fw={600}>
          {words.document.passage(passage.ordinal + 1)}
        </Text>
        {passage.disabled && (
          <Badge color="gray" variant="outline" c="inherit">
            {words.document.disabled}
          </Badge>
        )}
        {passage.original && (
          <Badge variant="outline" c="inherit">
            {words.document.corrected}
          </Badge>
        )}
        <Text size="xs" c="dimmed" style={{ flex: 1 }}>
          {standing}
        </Text>
      </Group>
      <Text size="sm" style={{ whiteSpace: "pre-wrap" }} c={passage.disabled ? "dimmed" : undefined}>
        {passage.text}
      </Text>
      <Group gap={4} mt={4} ml={-8}>
        {children}
      </Group>
    </Paper>
  );
}
