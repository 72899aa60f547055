import { List, Stack, Text } from "@mantine/core";

import type { Explained } from "../../api/why";
import { useWords } from "../../language";

/** What the search made of the words of the question, and what rules did to it. */
export function Understood({ found }: { found: Explained }) {
  const words = useWords().why.understood;
  const intents: Readonly<Record<string, string>> = words.intents;
  return (
    <Stack gap={4}>
      {found.rewritten && <Text size="sm"><b>{words.rewritten}:</b> {found.rewritten}</Text>}
      {found.intent && <Text size="sm"><b>{words.intent}:</b> {intents[found.intent] ?? found.intent}</Text>}
      {found.constraints.length > 0 && <Text size="sm"><b>{words.conditions}:</b> {found.constraints.join(" · ")}</Text>}
      {found.rules.length > 0 && (
        <>
          <Text size="sm" fw={700}>{words.rules}</Text>
          <List size="sm">
            {found.rules.map((each, n) => (
              <List.Item key={n}>{[each.rule, each.action, each.effect].filter(Boolean).join(" · ")}</List.Item>
            ))}
          </List>
        </>
      )}
      {found.notes.length > 0 && (
        <>
          <Text size="sm" fw={700}>{words.notes}</Text>
          <List size="sm">{found.notes.map((each, n) => <List.Item key={n}>{each}</List.Item>)}</List>
        </>
      )}
    </Stack>
  );
}
