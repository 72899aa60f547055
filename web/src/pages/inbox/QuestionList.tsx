import { Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import { sentenceOf } from "../../api/failure";
import { type Unanswered, useDone, useInbox } from "../../api/inbox";
import { useWords } from "../../language";
import { FormWindow } from "../../shared/FormWindow";
import { undoable } from "../../shared/undo";
import { FailureNotice, Waiting } from "../../shell/notices";
import { CuratedForm } from "./CuratedForm";
import { DocumentForm } from "./DocumentForm";
import { QuestionCard } from "./QuestionCard";

const MANY = 8; // questions from which on they can be searched

type Way = "document" | "answer";

/** Questions that were not answered, each with the ways to answer it. */
export function QuestionList({ base }: { base: string }) {
  const words = useWords();
  const inbox = useInbox(base);
  const marking = useDone(base);
  const [wanted, setWanted] = useState("");
  const [answering, setAnswering] = useState<{ question: Unanswered; way: Way } | null>(null);
  if (inbox.error) return <FailureNotice error={inbox.error} again={() => void inbox.refetch()} />;
  if (!inbox.data) return <Waiting />;

  const failed = (error: unknown) => notifications.show({ message: sentenceOf(error), color: "red", withBorder: true });

  function done({ id, question }: Unanswered, message = words.inbox.wasDone(question)): void {
    marking.mutate(
      { id, done: true },
      {
        onSuccess: () =>
          undoable(message, words.shell.undo, () => marking.mutate({ id, done: false }, { onError: failed })),
        onError: failed,
      },
    );
  }

  function answered(message: string): void {
    if (answering !== null) done(answering.question, message);
    setAnswering(null);
  }

  const shown = inbox.data.filter((each) => each.question.toLowerCase().includes(wanted.toLowerCase().trim()));
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {inbox.data.length === 0 ? words.inbox.none : words.inbox.hint}
      </Text>
      {inbox.data.length >= MANY && (
        <TextInput
          aria-label={words.inbox.search}
          placeholder={words.inbox.search}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      {inbox.data.length > 0 && shown.length === 0 && <Text c="dimmed">{words.inbox.nothing}</Text>}
      {shown.map((question) => (
        <QuestionCard
          key={question.id}
          base={base}
          question={question}
          busy={marking.isPending && marking.variables.id === question.id}
          byDocument={() => setAnswering({ question, way: "document" })}
          byAnswer={() => setAnswering({ question, way: "answer" })}
          done={() => done(question)}
        />
      ))}
      <FormWindow
        opened={answering !== null}
        close={() => setAnswering(null)}
        title={answering?.way === "answer" ? words.inbox.byAnswer : words.inbox.byDocument}
        size="lg"
      >
        {answering?.way === "document" && <DocumentForm base={base} question={answering.question} done={answered} />}
        {answering?.way === "answer" && <CuratedForm base={base} question={answering.question} done={answered} />}
      </FormWindow>
    </Stack>
  );
}
