import { Alert, Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import type { NamedAnswer } from "../../api/curated";
import type { RuleInfo } from "../../api/rules";
import { useWords } from "../../language";
import { addressOfSpot } from "../../shared/places";
import { hasMore } from "./conditions";
import { isPlainName } from "./draft";

interface Given {
  readonly base: string;
  readonly answer: NamedAnswer;
  /** What the rules say of it, where that is known. */
  readonly info: RuleInfo | undefined;
  readonly edit: () => void;
  readonly remove: () => void;
}

/** An answer: to which questions it is given, until when, and what proves it. */
export function AnswerCard({ base, answer, info, edit, remove }: Given) {
  const words = useWords().curated;
  const { all = [], any = [] } = answer;
  return (
    <Paper withBorder p="md" component="article" aria-label={answer.name}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="xs">
          <Title order={2} size="h3">{answer.name}</Title>
          {!isPlainName(answer.name) ? <Text size="sm" c="dimmed">{words.inRules}</Text> : <Group gap="xs">
            <Button size="xs" variant="default" aria-label={words.editOf(answer.name)} onClick={edit}>{words.edit}</Button>
            <Button size="xs" variant="default" aria-label={words.removeOf(answer.name)} onClick={remove}>{words.remove}</Button>
          </Group>}
        </Group>
        <Group gap={6}>
          <Badge size="sm" variant="outline" c="inherit" color={info?.answer_expired ? "red" : "gray"} tt="none">
            {info?.answer_expired ? words.expired : words.until(answer.expires)}
          </Badge>
          {info?.why_not && <Badge size="sm" variant="outline" c="inherit" color="orange" tt="none">{words.asleep(info.why_not)}</Badge>}
          {hasMore(info?.when) && <Badge size="sm" variant="outline" c="inherit" color="gray" tt="none">{words.always}</Badge>}
        </Group>
        {!info?.answer_expired && answer.problems.map((problem) => <Alert key={problem} color="orange">{problem}</Alert>)}
        {all.length > 0 && <Text size="sm"><b>{words.all}:</b> {all.join(" · ")}</Text>}
        {any.length > 0 && <Text size="sm"><b>{words.any}:</b> {any.join(" · ")}</Text>}
        <Text style={{ whiteSpace: "pre-wrap" }}>{answer.text}</Text>
        <Text size="sm">
          <b>{words.proof}:</b>{" "}
          {answer.document === undefined
            ? answer.url
            : <Anchor component={Link} to={addressOfSpot(base, { document: answer.document, start: 0, end: 0 })}>{answer.document}</Anchor>}
        </Text>
        {answer.quote && <Text size="sm" c="dimmed" style={{ whiteSpace: "pre-wrap" }}>“{answer.quote}”</Text>}
      </Stack>
    </Paper>
  );
}
