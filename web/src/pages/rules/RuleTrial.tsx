import { Alert, Badge, Button, Group, List, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { sentenceOf } from "../../api/failure";
import { type RuleTrial as Trial, useRuleTrial } from "../../api/rules";
import { type Words, useWords } from "../../language";

interface Given {
  readonly base: string;
  readonly rules: string;
  /** Whether the text is valid. */
  readonly usable: boolean;
}

/** A question asked under the rules as they are written at the moment. */
export function RuleTrial({ base, rules, usable }: Given) {
  const words = useWords().rules.trial;
  const [question, setQuestion] = useState("");
  const [tried, setTried] = useState(false);
  const trying = useRuleTrial(base);

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (usable && question.trim() !== "") trying.mutate({ rules, question: question.trim() });
  }

  return (
    <section aria-labelledby="rules-trial">
      <Title order={2} id="rules-trial">{words.title}</Title>
      <Text size="sm" c="dimmed" mb="xs">{words.hint}</Text>
      <Group component="form" onSubmit={submit} align="flex-end" gap="sm">
        <TextInput
          label={words.question}
          flex="1 1 220px"
          maxLength={1000}
          value={question}
          error={tried && question.trim() === "" ? words.needed : undefined}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={!usable} loading={trying.isPending}>{words.run}</Button>
      </Group>
      {trying.error && <Alert mt="sm" color="red" variant="outline" role="alert" p="xs">{sentenceOf(trying.error)}</Alert>}
      {trying.data && <Outcome trial={trying.data} />}
    </section>
  );
}

function Outcome({ trial }: { trial: Trial }) {
  const words = useWords().rules.trial;
  return (
    <Stack gap="sm" mt="sm" role="status">
      {trial.rules.length === 0 && <Text size="sm" c="dimmed">{words.noRules}</Text>}
      <List size="sm" spacing={4}>
        {trial.rules.map((rule) => (
          <List.Item key={rule.name}>
            <b>{rule.name}</b>{" "}
            {rule.fires
              ? <Badge size="sm" color="teal" variant="outline" c="inherit" tt="none">{words.fires}</Badge>
              : <Text component="span" size="sm" c="dimmed">{rule.why_not ? words.silent(rule.why_not) : words.silentOnly}</Text>}
          </List.Item>
        ))}
      </List>
      {trial.effects.length > 0 && (
        <div>
          <Text size="sm" fw={600}>{words.effects}</Text>
          <List size="sm">{trial.effects.map((each, n) => <List.Item key={n}>{[each.rule, each.action, each.effect].filter(Boolean).join(" · ")}</List.Item>)}</List>
        </div>
      )}
      {trial.answer && <Text size="sm"><b>{words.answer}:</b> {trial.answer.answer || trial.answer.reason}</Text>}
      <div>
        <Text size="sm" fw={600}>{trial.hits.length === 0 ? words.none : words.hits}</Text>
        <List size="sm" type="ordered">
          {trial.hits.map((hit) => (
            <List.Item key={hit.chunk}>
              {[hit.document, ...hit.headings.slice(-1)].join(" › ")} <Text component="span" size="xs" c="dimmed">({placed(words, hit.rank, hit.was)})</Text>
            </List.Item>
          ))}
        </List>
      </div>
      {trial.gone.length > 0 && (
        <div>
          <Text size="sm" fw={600}>{words.gone}</Text>
          <List size="sm">{trial.gone.map((hit) => <List.Item key={hit.chunk}>{[hit.document, ...hit.headings.slice(-1)].join(" › ")}</List.Item>)}</List>
        </div>
      )}
      {trial.notes.map((note, n) => <Text key={n} size="xs" c="dimmed">{note}</Text>)}
    </Stack>
  );
}

function placed(words: Words["rules"]["trial"], rank: number, was: number | null): string {
  if (was === null) return words.fresh;
  return was === rank ? words.same : words.was(was);
}
