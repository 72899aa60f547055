import { Stack, Text, Title } from "@mantine/core";

import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import { useTitle } from "../../shell/title";
import { AnswerList } from "./AnswerList";
import { AnswerTrial } from "./AnswerTrial";

/** The answers that people wrote, and what they answer. */
export default function CuratedPage() {
  const base = useBase();
  const words = useWords().curated;
  useTitle(words.title);
  return (
    <Stack maw={900} mx="auto" p="md" gap="lg">
      <div>
        <Title order={1}>{words.title}</Title>
        <Text size="sm" c="dimmed">{words.hint}</Text>
      </div>
      <AnswerList key={base} base={base} />
      <AnswerTrial key={`trial ${base}`} base={base} />
    </Stack>
  );
}
