import { ActionIcon, Alert, Button, Group, Loader, Paper, Stack, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconRefresh, IconRoute } from "@tabler/icons-react";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { Link } from "react-router";

import type { Answer, Turn } from "../../api/types";
import { useWords } from "../../language";
import { PAGES, addressOf } from "../../routes";
import { copyText } from "../../shared/copying";
import { useBase } from "../../shell/base";
import { AnswerText } from "./AnswerText";
import type { Running } from "./asking";
import { Confidence } from "./Confidence";
import type { AskedTurn } from "./conversations";
import { asText } from "./copied";
import { Declined } from "./Declined";
import { Correction, Thumbs, useFeedback } from "./Feedback";
import { told } from "./scope";
import { SourceList } from "./SourceList";

interface Given {
  readonly turn: AskedTurn;
  readonly history: readonly Turn[];
  readonly running: Running | null;
  /** Asks the question again; where it is not the last one, not at all. */
  readonly again: (() => void) | null;
  readonly said: (verdict: "right" | "wrong") => void;
}

/** A question and what became of it. */
export function TurnView({ turn, history, running, again, said }: Given) {
  const words = useWords();
  return (
    <Stack component="article" gap="sm" aria-label={turn.question}>
      <Paper bg="var(--mantine-color-default-hover)" px="md" py="xs" style={{ alignSelf: "flex-end", maxWidth: "85%" }}>
        <h2 className="hidden-text">{words.ask.you}</h2>
        <Text style={{ whiteSpace: "pre-wrap" }}>{turn.question}</Text>
        {turn.scope && (
          <Text size="xs" c="dimmed">
            {words.ask.only(told(words, turn.scope))}
          </Text>
        )}
      </Paper>
      <div aria-live="polite" aria-busy={running !== null}>
        {running ? (
          <InProgress running={running} />
        ) : turn.answer ? (
          <Answered turn={turn} answer={turn.answer} history={history} said={said} />
        ) : (
          <BrokenOff turn={turn} again={again} />
        )}
      </div>
    </Stack>
  );
}

function InProgress({ running: { text, doing } }: { running: Running }) {
  const words = useWords().ask;
  const told = typeof doing === "string" ? words[doing] : words.calling(doing.calls);
  return (
    <Stack gap="xs">
      {text !== "" && <AnswerText text={text} citations={[]} />}
      <Group gap="xs">
        <Loader size="xs" type="dots" aria-hidden />
        <Text size="sm" c="dimmed">
          {told}
        </Text>
      </Group>
    </Stack>
  );
}

function BrokenOff({ turn, again }: { turn: AskedTurn; again: (() => void) | null }) {
  const words = useWords().ask;
  return (
    <Stack gap="xs" align="flex-start">
      {turn.stopped && <AnswerText text={turn.stopped} citations={[]} />}
      {turn.failure === undefined ? (
        <Text size="sm" c="dimmed">
          {turn.stopped === undefined ? words.broken : words.stopped}
        </Text>
      ) : (
        <Alert color="red" variant="outline" role="alert">
          {turn.failure}
        </Alert>
      )}
      {again && (
        <Button size="xs" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={again}>
          {words.again}
        </Button>
      )}
    </Stack>
  );
}

function Answered({ turn, answer, history, said }: { answer: Answer } & Pick<Given, "turn" | "history" | "said">) {
  const words = useWords().ask;
  const feedback = useFeedback({ turn, answer, said });
  const declined = answer.decision === "ABSTAINED";
  return (
    <Stack gap="sm">
      <h2 className="hidden-text">{words.answer}</h2>
      {declined ? (
        <Declined turn={turn} answer={answer} history={history} />
      ) : (
        <AnswerText text={answer.answer} citations={answer.citations} />
      )}
      <SourceList citations={answer.citations} />
      <AnswerNotes notes={answer.notes} />
      {answer.decision !== "REPLIED" && (
        <Group gap="xs" justify="space-between">
          <Group gap="sm">
            {!declined && <Confidence value={answer.confidence} />}
            <WrittenBy answer={answer} />
          </Group>
          <Group gap={2}>
            <CopyAnswer answer={answer} />
            <WhyLink turn={turn} answer={answer} />
            <Thumbs verdict={turn.verdict} feedback={feedback} />
          </Group>
        </Group>
      )}
      <Correction feedback={feedback} />
    </Stack>
  );
}

function AnswerNotes({ notes }: { notes: readonly string[] }) {
  const words = useWords().ask;
  if (notes.length === 0) return null;
  return (
    <section aria-label={words.notes}>
      {notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </section>
  );
}

function WrittenBy({ answer: { curated, model } }: { answer: Answer }) {
  const words = useWords().ask;
  const told = curated !== null ? words.curated(curated) : model !== null ? words.model(model) : null;
  return (
    told && (
      <Text size="sm" c="dimmed">
        {told}
      </Text>
    )
  );
}

function CopyAnswer({ answer }: { answer: Answer }) {
  const words = useWords();
  const base = useBase();
  const [copied, setCopied] = useState(false);
  const label = copied ? words.shell.copied : words.ask.copy;

  async function copy(): Promise<void> {
    const done = await copyText(asText(words, base, answer));
    if (!done) notifications.show({ message: words.ask.copyFailed, color: "red", withCloseButton: true });
    setCopied(done);
    window.setTimeout(() => setCopied(false), 2000);
  }

  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" c="inherit" aria-label={label} onClick={() => void copy()}>
        {copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

/** Leads to how the answer came about, as soon as there is a page for that. */
function WhyLink({ turn, answer }: { turn: AskedTurn; answer: Answer }) {
  const words = useWords().ask;
  const base = useBase();
  const page = PAGES.find((each) => each.name === "why");
  if (page === undefined) return null;
  const search = new URLSearchParams({ question: turn.question, trace: answer.trace_id });
  return (
    <Tooltip label={words.why}>
      <ActionIcon
        component={Link}
        to={`${addressOf(page, base)}?${search}`}
        variant="subtle"
        c="inherit"
        aria-label={words.why}
      >
        <IconRoute size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
