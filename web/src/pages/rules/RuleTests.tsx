import { Alert, Badge, Button, Group, List, Text, Title } from "@mantine/core";

import { sentenceOf } from "../../api/failure";
import { useRuleTests } from "../../api/rules";
import { useWords } from "../../language";

interface Given {
  readonly base: string;
  readonly rules: string;
  /** How many there are; `null` where the text is not valid. */
  readonly tests: number | null;
}

/** The tests among the rules, run under the text as it is written at the moment. */
export function RuleTests({ base, rules, tests }: Given) {
  const words = useWords().rules.tests;
  const testing = useRuleTests(base);
  return (
    <section aria-labelledby="rules-tests">
      <Title order={2} id="rules-tests">{words.title}</Title>
      <Text size="sm" c="dimmed" mb="xs">{tests === 0 ? words.noTests : words.hint}</Text>
      <Button variant="default" disabled={!tests} loading={testing.isPending} onClick={() => testing.mutate(rules)}>{words.run}</Button>
      {testing.error && <Alert mt="sm" color="red" variant="outline" role="alert" p="xs">{sentenceOf(testing.error)}</Alert>}
      {testing.data && (
        <div role="status">
          <Text fw={600} mt="sm">{words.sum(testing.data.passed, testing.data.failed)}</Text>
          <List size="sm" spacing={4}>
            {testing.data.tests.map((test, n) => (
              <List.Item key={n}>
                <Group gap="xs" component="span">
                  <Badge size="sm" variant="outline" c="inherit" color={test.passed ? "teal" : "red"} tt="none">{test.passed ? words.passed : words.failed}</Badge>
                  <span>{test.question}</span>
                </Group>
                {test.problems.map((problem) => <Text key={problem} size="sm">{problem}</Text>)}
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </section>
  );
}
