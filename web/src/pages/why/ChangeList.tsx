import { Anchor, Button, Code, Group, List, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import type { Change, Verdict } from "../../api/why";
import { useWords } from "../../language";
import { PAGES, addressOf } from "../../routes";
import { copyText } from "../../shared/copying";
import type { AskedHere } from "./asked";
import { MOST_HITS } from "./asked";
import { settingsText } from "./settings";

interface Given {
  readonly base: string;
  readonly asked: AskedHere;
  readonly verdict: Verdict;
  readonly look: (asked: AskedHere) => void;
  /** Shows the rule that makes a change; `null` where the reader may not write rules. */
  readonly apply: ((change: number) => void) | null;
}

/** The smallest changes that bring the document in, each with the ways to make it. */
export function ChangeList({ base, asked, verdict, look, apply }: Given) {
  const words = useWords().why.changes;
  const ruled = verdict.changes.some(canBeRule);
  return (
    <Stack gap="xs">
      <Title order={3}>{words.title}</Title>
      <Text size="sm" c="dimmed">{verdict.changes.length === 0 ? words.none : words.hint}</Text>
      {verdict.changes.length > 0 && (
        <List type="ordered" spacing="md">
          {verdict.changes.map((change, n) => (
            <List.Item key={n}>
              <Stack gap={6} align="flex-start">
                <Text component="span"><b>{change.change}</b> <Text component="span" size="sm" c="dimmed">({words.rank(change.rank)})</Text></Text>
                {apply && canBeRule(change) && <Button size="xs" onClick={() => apply(n)}>{words.rule}</Button>}
                <Ways base={base} asked={asked} change={change} look={look} />
              </Stack>
            </List.Item>
          ))}
        </List>
      )}
      {apply && !ruled && <Group><Button size="xs" variant="default" onClick={() => apply(0)}>{words.first}</Button></Group>}
    </Stack>
  );
}

/** A rule puts a document first; it does not let in what a filter, the question or another rule leaves out. */
function canBeRule({ filter, without }: Change): boolean {
  return filter === null && without.phrases.length === 0 && without.rules.length === 0;
}

interface WaysGiven extends Omit<Given, "verdict" | "apply"> {
  readonly change: Change;
}

/** How a change is made without a rule. */
function Ways({ base, asked, change, look }: WaysGiven) {
  const words = useWords().why.changes;
  const { k, ...settings } = change.settings;
  const toml = settingsText(settings);
  return (
    <>
      {typeof k === "number" && k <= MOST_HITS && (
        <Button size="xs" variant="default" onClick={() => look({ ...asked, k })}>{words.k(k)}</Button>
      )}
      {toml !== "" && <Copyable hint={words.settings} text={toml} />}
      {toml !== "" && <PageLink base={base} page="settings" label={words.openSettings} />}
      {change.filter !== null && <Copyable hint={words.filter} text={JSON.stringify(change.filter)} />}
      {change.without.phrases.length > 0 && (
        <>
          <Text size="sm">{words.phrasesHow}</Text>
          <Button size="xs" variant="default" onClick={() => look({ ...asked, constraints: false })}>{words.phrases}</Button>
        </>
      )}
      {change.without.rules.length > 0 && (
        <>
          <Text size="sm">{words.rulesHow(change.without.rules.join(" · "))}</Text>
          <PageLink base={base} page="rules" label={words.rules} />
        </>
      )}
    </>
  );
}

function Copyable({ hint, text }: { hint: string; text: string }) {
  const words = useWords();
  return (
    <Stack gap={4} align="flex-start">
      <Text size="sm" c="dimmed">{hint}</Text>
      <Group gap="xs" align="flex-start">
        <Code block>{text}</Code>
        <Button size="compact-sm" variant="default" onClick={() => void copyText(text)}>{words.why.changes.copy}</Button>
      </Group>
    </Stack>
  );
}

function PageLink({ base, page, label }: { base: string; page: string; label: string }) {
  const there = PAGES.find((each) => each.name === page);
  const address = there && addressOf(there, base);
  return address ? <Anchor component={Link} to={address} size="sm">{label}</Anchor> : null;
}
