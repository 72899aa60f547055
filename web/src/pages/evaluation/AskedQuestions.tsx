import { Anchor, Badge, Button, Checkbox, Group, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

import type { AskedInRun } from "../../api/evaluation";
import { type Words, useWords } from "../../language";

const AT_ONCE = 50; // rows

/** Each question of a run, with what came of it and a way to look into it. */
export function AskedQuestions({ base, questions }: { base: string; questions: readonly AskedInRun[] }) {
  const words = useWords().evaluation.run;
  const [wrongOnly, setWrongOnly] = useState(false);
  const [shown, setShown] = useState(AT_ONCE);
  const all = wrongOnly ? questions.filter((each) => !isRight(each)) : questions;
  const why = (question: AskedInRun) => {
    const document = question.near_miss ? undefined : (question.passage ?? Object.keys(question.ranks ?? {})[0]);
    const search = new URLSearchParams({ question: question.question, ...(document && { document }) });
    return `/kb/${encodeURIComponent(base)}/why?${search.toString()}`;
  };
  return (
    <section aria-labelledby="run-questions">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="run-questions">{words.questions}</Title>
        <Checkbox label={words.wrongOnly} checked={wrongOnly} onChange={(event) => setWrongOnly(event.currentTarget.checked)} />
      </Group>
      <Table className="numbers" aria-labelledby="run-questions">
        <Table.Thead>
          <Table.Tr><Table.Th>{words.question}</Table.Th><Table.Th>{words.outcome}</Table.Th><Table.Th><span className="hidden-text">{words.why}</span></Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.slice(0, shown).map((each) => (
            <Table.Tr key={each.id}>
              <Table.Th scope="row" fw={400}>
                {each.question}
                {each.near_miss && <Badge ml={6} size="xs" variant="outline" c="inherit" color="gray" tt="none">{words.nearMiss}</Badge>}
              </Table.Th>
              <Table.Td><Outcome words={words} asked={each} /></Table.Td>
              <Table.Td><Anchor component={Link} to={why(each)} size="sm" aria-label={words.whyOf(each.question)}>{words.why}</Anchor></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {all.length > shown && <Button mt="xs" variant="default" onClick={() => setShown(shown + AT_ONCE)}>{words.more(Math.min(AT_ONCE, all.length - shown))}</Button>}
    </section>
  );
}

function Outcome({ words, asked }: { words: Words["evaluation"]["run"]; asked: AskedInRun }) {
  if (asked.ranks) {
    return (
      <>
        {Object.entries(asked.ranks).map(([document, rank]) => (
          <div key={document}>
            <b>{rank === null ? words.notFound : words.place(rank)}</b> <Text component="span" className="document" size="xs" c="dimmed">{document}</Text>
          </div>
        ))}
      </>
    );
  }
  return <Badge size="sm" variant="outline" c="inherit" color={isRight(asked) ? "teal" : "red"} tt="none">{isRight(asked) ? words.right : words.wrong}</Badge>;
}

/** Of a search: whether a right document came first. */
function isRight({ right, ranks }: AskedInRun): boolean {
  return right ?? Object.values(ranks ?? {}).includes(1);
}
