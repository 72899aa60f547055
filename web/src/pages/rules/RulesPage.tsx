import { Stack, Text, Title } from "@mantine/core";

import { useRules } from "../../api/rules";
import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useTitle } from "../../shell/title";
import { RuleDesk } from "./RuleDesk";

/** The rules of a knowledge base: written, checked, tried, tested and saved. */
export default function RulesPage() {
  const base = useBase();
  const words = useWords().rules;
  const rules = useRules(base);
  useTitle(words.title);
  return (
    <Stack maw={1000} mx="auto" p="md">
      <Title order={1}>{words.title}</Title>
      <Text size="sm" c="dimmed">{words.hint}</Text>
      {rules.error && rules.data === undefined && <FailureNotice error={rules.error} again={() => void rules.refetch()} />}
      {rules.data === undefined ? !rules.error && <Waiting /> : <RuleDesk key={base} base={base} kept={rules.data} />}
    </Stack>
  );
}
