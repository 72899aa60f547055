import { Alert, Anchor, Badge, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

import { sentenceOf } from "../../api/failure";
import { useRulesChange } from "../../api/rules";
import type { LegRank, Verdict } from "../../api/why";
import { type Words, useWords } from "../../language";
import { addressOfSpot } from "../../shared/places";
import type { AskedHere } from "./asked";
import { ChangeList } from "./ChangeList";
import { figure, legName, stageName } from "./naming";
import { type AppliedRule, ProposedRule } from "./ProposedRule";

interface Given {
  readonly base: string;
  readonly asked: AskedHere;
  readonly verdict: Verdict;
  /** Whether it is asked again at the moment. */
  readonly asking: boolean;
  readonly look: (asked: AskedHere) => void;
  /** Whether the reader may write rules. */
  readonly edits: boolean;
}

/** The stage that lost the picked document, its way so far, and what brings it in. */
export function DocumentVerdict({ base, asked, verdict, asking, look, edits }: Given) {
  const words = useWords();
  const { verdict: told } = words.why;
  const [change, setChange] = useState<number | null>(null);
  const [applied, setApplied] = useState<AppliedRule | null>(null);
  const stages: Readonly<Record<string, string>> = told.stages;
  const known = verdict.stage !== "unknown";
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="why-verdict">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} id="why-verdict">{told.title}</Title>
          <Badge variant="outline" c="inherit" color={verdict.stage === "found" ? "teal" : "orange"} tt="none">{stages[verdict.stage] ?? verdict.stage}</Badge>
        </Group>
        <Text fw={600}>{verdict.reason}</Text>
        {applied && <RuleApplied base={base} applied={applied} verdict={verdict} asking={asking} gone={() => setApplied(null)} />}
        {known && <Anchor component={Link} size="sm" to={addressOfSpot(base, { document: verdict.document, start: 0, end: 0 })}>{told.open}</Anchor>}
        {verdict.duplicate_of && <Text size="sm"><b>{told.twin}:</b> {verdict.duplicate_of}</Text>}
        {verdict.conditions.length > 0 && <List size="sm">{verdict.conditions.map((each) => <List.Item key={each}>{each}</List.Item>)}</List>}
        {verdict.near.length > 0 && (
          <Group gap="xs">
            <Text size="sm">{told.near}:</Text>
            {verdict.near.map((each) => <Button key={each} size="compact-xs" variant="default" onClick={() => look({ ...asked, document: each })}>{each}</Button>)}
          </Group>
        )}
        <Way verdict={verdict} />
        {verdict.stage !== "found" && known && (
          <ChangeList base={base} asked={asked} verdict={verdict} look={look} apply={edits ? setChange : null} />
        )}
      </Stack>
      <ProposedRule
        base={base}
        asked={asked}
        change={change}
        close={() => setChange(null)}
        applied={(rule) => setApplied({ ...rule, before: verdict.rank ?? verdict.after ?? verdict.before })}
      />
    </Paper>
  );
}

function Way({ verdict }: { verdict: Verdict }) {
  const words = useWords();
  const { verdict: told } = words.why;
  const legs = Object.entries(verdict.legs);
  const stages = Object.entries(verdict.stages);
  if (legs.length + stages.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>{told.path}</Text>
      <List size="sm" type="ordered">
        {legs.map(([leg, rank]) => <List.Item key={leg}>{legName(words, leg)}: {ofLeg(words, rank)}</List.Item>)}
        {stages.map(([stage, step]) => (
          <List.Item key={stage}>
            {told.after(stageName(words, stage))}: {told.place(step.rank)}{words.document.comma}{told.score(figure(step.score))}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function ofLeg(words: Words, { rank, score, needed, searched }: LegRank): string {
  const { verdict: told } = words.why;
  if (score === null) return told.nothing;
  const parts = [
    rank === null ? told.beyond(searched) : told.place(rank),
    told.score(figure(score)),
    needed === null || score >= needed ? "" : told.needed(figure(needed)),
  ];
  return parts.filter(Boolean).join(words.document.comma);
}

interface AppliedGiven {
  readonly base: string;
  readonly applied: AppliedRule;
  readonly verdict: Verdict;
  readonly asking: boolean;
  readonly gone: () => void;
}

/** Where the document was before the rule, where it is now, and a way back. */
function RuleApplied({ base, applied, verdict, asking, gone }: AppliedGiven) {
  const words = useWords();
  const told = words.why.rule;
  const undoing = useRulesChange(base, told.overtaken);
  return (
    <Alert color="teal" variant="outline" role="status" title={told.applied(applied.name)}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{told.before(applied.before)} {asking ? told.asking : told.now(verdict.rank)}</Text>
        <Button
          size="xs"
          variant="default"
          loading={undoing.isPending}
          onClick={() => undoing.mutate({ from: applied.to, to: applied.from }, { onSuccess: gone })}
        >
          {words.shell.undo}
        </Button>
        {undoing.error && <Text size="sm" c="var(--mantine-color-error)" role="alert">{sentenceOf(undoing.error)}</Text>}
      </Stack>
    </Alert>
  );
}
