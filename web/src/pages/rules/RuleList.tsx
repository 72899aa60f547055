import { Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";

import type { RuleInfo } from "../../api/rules";
import { useWords } from "../../language";

/** What the rules are; `null` where the text was never valid yet. */
export function RuleList({ rules }: { rules: readonly RuleInfo[] | null }) {
  const words = useWords().rules.list;
  if (rules === null) return null;
  return (
    <section aria-labelledby="rules-list">
      <Title order={2} id="rules-list" mb="xs">{words.title}</Title>
      {rules.length === 0 && <Text c="dimmed">{words.none}</Text>}
      <Stack gap="xs">{rules.map((rule) => <RuleEntry key={rule.name} rule={rule} />)}</Stack>
    </section>
  );
}

function RuleEntry({ rule }: { rule: RuleInfo }) {
  const words = useWords().rules.list;
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Text fw={600}>{rule.name}</Text>
        <Group gap={6}>
          {rule.answer_expired && <Badge size="sm" variant="outline" c="inherit" color="orange" tt="none">{words.expired}</Badge>}
          <Badge size="sm" variant="outline" c="inherit" color={rule.active ? "teal" : "gray"} tt="none">
            {rule.active ? words.active : words.asleep(rule.why_not ?? "")}
          </Badge>
        </Group>
      </Group>
      <Text size="sm"><Text component="span" c="dimmed" size="sm">{words.when}:</Text> {rule.when}</Text>
      {rule.actions.map((action) => (
        <Text key={action} size="sm"><Text component="span" c="dimmed" size="sm">{words.does}:</Text> {action}</Text>
      ))}
    </Paper>
  );
}
