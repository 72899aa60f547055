import { Alert, Button, Group, List, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useCuratedAnswers } from "../../api/curated";
import { sentenceOf } from "../../api/failure";
import { type RuleTrial, useRuleTrial } from "../../api/rules";
import { useWords } from "../../language";

/** A question, and which curated answer is given to it. */
export function AnswerTrial({ base }: { base: string }) {
  const words = useWords().curated.trial;
  const names = useCuratedAnswers(base).data?.map((each) => each.name) ?? [];
  const trying = useRuleTrial(base);
  const [question, setQuestion] = useState("");
  const [tried, setTried] = useState(false);

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (question.trim() !== "") trying.mutate({ rules: null, question: question.trim() });
  }

  return (
    <section aria-labelledby="curated-trial">
      <Title order={2} id="curated-trial" mb="xs">{words.title}</Title>
      <Group component="form" onSubmit={submit} align="flex-end" gap="sm">
        <TextInput
          label={words.question}
          flex="1 1 220px"
          maxLength={1000}
          value={question}
          error={tried && question.trim() === "" ? words.needed : undefined}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={trying.isPending}>{words.run}</Button>
      </Group>
      {trying.error && <Alert mt="sm" color="red" variant="outline" role="alert" p="xs">{sentenceOf(trying.error)}</Alert>}
      {trying.data && <Given trial={trying.data} names={names} />}
    </section>
  );
}

function Given({ trial, names }: { trial: RuleTrial; names: readonly string[] }) {
  const words = useWords().curated.trial;
  const given = trial.answer?.curated ?? null;
  const others = trial.rules.filter((rule) => names.includes(rule.name) && rule.name !== given);
  return (
    <Stack gap="xs" mt="sm" role="status">
      <Text fw={600}>{given === null ? words.silent : words.given(given)}</Text>
      {given !== null && <Text style={{ whiteSpace: "pre-wrap" }}>{trial.answer?.answer}</Text>}
      {given === null && others.length > 0 && (
        <List size="sm">
          {others.map((rule) => <List.Item key={rule.name}>{words.why(rule.name, rule.why_not ?? words.unproven)}</List.Item>)}
        </List>
      )}
      {trial.notes.map((note, n) => <Text key={n} size="xs" c="dimmed">{note}</Text>)}
    </Stack>
  );
}
