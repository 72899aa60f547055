import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useEffect } from "react";

import { sentenceOf } from "../../api/failure";
import { readRules, type Replacing, useProposal, useRulesChange } from "../../api/rules";
import { useWords } from "../../language";
import { Waiting } from "../../shell/notices";
import type { AskedHere } from "./asked";

export interface AppliedRule extends Replacing {
  readonly name: string;
  /** The document's place before. */
  readonly before: number | null;
}

interface Given {
  readonly base: string;
  readonly asked: AskedHere;
  /** The number of the change that a rule is to make; `null` while none is wanted. */
  readonly change: number | null;
  readonly close: () => void;
  readonly applied: (rule: Omit<AppliedRule, "before">) => void;
}

/** The rule that would bring the document in; it is written only where that is confirmed. */
export function ProposedRule({ base, asked, change, close, applied }: Given) {
  const words = useWords();
  const told = words.why.rule;
  const proposing = useProposal(base);
  const writing = useRulesChange(base, told.overtaken);
  const { mutate: propose, reset: forget } = proposing;
  const { question, document, k, ask, constraints } = asked;
  useEffect(() => {
    if (change !== null) propose({ question, document, k, ask, constraints, change });
    return forget;
  }, [propose, forget, change, question, document, k, ask, constraints]);
  const proposal = proposing.data;

  async function apply(): Promise<void> {
    if (!proposal) return;
    const from = await readRules(base).catch(() => proposal.rules.slice(0, -proposal.toml.length)); // writing says why
    const based = proposal.rules === `${from.trimEnd()}\n\n${proposal.toml}`.trimStart();
    writing.mutate(
      { from: based ? from : proposal.rules.slice(0, -proposal.toml.length), to: proposal.rules },
      {
        onSuccess: () => {
          applied({ name: proposal.name, from, to: proposal.rules });
          close();
        },
      },
    );
  }

  const failed = proposing.error ?? writing.error;
  return (
    <Modal opened={change !== null} onClose={close} title={told.title} size="lg">
      <Stack>
        {proposing.isPending && <Waiting />}
        {proposal && (
          <>
            <Text>{proposal.sentence}</Text>
            <Text size="sm" c="dimmed">{told.tried(proposal.rank)}</Text>
            <div>
              <Text size="sm" fw={600} mb={4}>{told.text}</Text>
              <pre className="code-block" tabIndex={0}>{proposal.toml}</pre>
            </div>
          </>
        )}
        {failed && <Alert color="red" variant="outline" role="alert" p="xs">{sentenceOf(failed)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>{words.shell.cancel}</Button>
          {proposal && <Button loading={writing.isPending} onClick={() => void apply()}>{told.apply}</Button>}
        </Group>
      </Stack>
    </Modal>
  );
}
