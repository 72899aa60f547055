import { Alert, Badge, Button, Group, Paper, Text } from "@mantine/core";
import { useState } from "react";

import { sentenceOf } from "../../api/failure";
import { type PassageChange, usePassageChange } from "../../api/library";
import type { Passage } from "../../api/types";
import { useWords } from "../../language";
import { whereabouts } from "../../shared/places";
import { CorrectionForm } from "./CorrectionForm";

interface Given {
  readonly base: string;
  readonly document: string;
  readonly passage: Passage;
  readonly marked: boolean;
  readonly mayChange: boolean;
  readonly show: () => void;
  readonly numberOf: (chunk: string) => number | undefined;
}

/** A passage: what is found of it, and what people made of it. */
export function EditablePassage({ base, document, passage, marked, mayChange, show, numberOf }: Given) {
  const words = useWords();
  const desk = words.library.desk;
  const [writing, setWriting] = useState(false);
  const [said, setSaid] = useState("");
  const changing = usePassageChange(base, document);
  const corrected = (passage.corrected ?? null) !== null;
  const standing = [passage.headings.join(" › "), whereabouts(words, passage)].filter(Boolean).join(" · ");

  function change(news: PassageChange, done: string): void {
    setSaid("");
    changing.mutate(
      { chunk: passage.chunk, change: news },
      {
        onSuccess: ({ overlaps = [] }) => {
          setWriting(false);
          const others = overlaps.map(numberOf).filter((n) => n !== undefined);
          const also =
            news.text == null || others.length === 0
              ? ""
              : ` ${desk.overlaps(others.map(words.document.passage).join(words.library.comma))}`;
          setSaid(done + also);
        },
      },
    );
  }

  return (
    <Paper withBorder p="sm" className="passage" data-marked={marked}>
      <Group gap="xs" mb={4}>
        <Text size="sm" fw={600}>
          {words.document.passage(passage.ordinal + 1)}
        </Text>
        {passage.disabled && (
          <Badge color="gray" variant="outline" c="inherit">
            {words.document.disabled}
          </Badge>
        )}
        {corrected && (
          <Badge variant="outline" c="inherit">
            {words.document.corrected}
          </Badge>
        )}
        <Text size="xs" c="dimmed" flex={1}>
          {standing}
        </Text>
      </Group>
      {writing ? (
        <CorrectionForm
          text={passage.text}
          busy={changing.isPending}
          failure={changing.error ? sentenceOf(changing.error) : null}
          keep={(text) => change({ text }, desk.wasCorrected)}
          close={() => {
            setWriting(false);
            changing.reset();
          }}
        />
      ) : (
        <>
          <Text
            size="sm"
            style={{ whiteSpace: "pre-wrap" }}
            c={passage.disabled ? "dimmed" : undefined}
            td={passage.disabled ? "line-through" : undefined}
          >
            {passage.text}
          </Text>
          {corrected && passage.original != null && (
            <details>
              <summary style={{ cursor: "pointer", fontSize: "var(--mantine-font-size-xs)" }}>{desk.original}</summary>
              <Text size="sm" className="quoted">
                {passage.original}
              </Text>
            </details>
          )}
          <Group gap={4} mt={4} ml={-8}>
            <Button size="compact-xs" variant="subtle" onClick={show}>
              {marked ? desk.marked : desk.showInText}
            </Button>
            {mayChange && (
              <>
                <Button
                  size="compact-xs"
                  variant="subtle"
                  title={passage.disabled ? undefined : desk.disableHint}
                  loading={changing.isPending}
                  onClick={() =>
                    change({ disabled: !passage.disabled }, passage.disabled ? desk.wasEnabled : desk.wasDisabled)
                  }
                >
                  {passage.disabled ? desk.enable : desk.disable}
                </Button>
                <Button size="compact-xs" variant="subtle" onClick={() => setWriting(true)}>
                  {desk.correct}
                </Button>
                {corrected && (
                  <Button size="compact-xs" variant="subtle" onClick={() => change({ text: null }, desk.wasTakenBack)}>
                    {desk.takeBack}
                  </Button>
                )}
              </>
            )}
          </Group>
          {changing.error && (
            <Alert color="red" variant="outline" role="alert" p="xs">
              {sentenceOf(changing.error)}
            </Alert>
          )}
        </>
      )}
      <Text size="xs" role="status" c="dimmed">
        {said}
      </Text>
    </Paper>
  );
}
