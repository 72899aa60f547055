import { Alert, Button, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { sentenceOf } from "../../api/failure";
import { type Unanswered, useWrittenDocument } from "../../api/inbox";
import { useWords } from "../../language";
import { documentOf, heart } from "./naming";

interface Given {
  readonly base: string;
  readonly question: Unanswered;
  readonly done: (message: string) => void;
}

/** A document that answers a question, written here. */
export function DocumentForm({ base, question, done }: Given) {
  const words = useWords().inbox;
  const [title, setTitle] = useState(heart(question.question));
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const writing = useWrittenDocument(base);
  const name = documentOf(title);
  const lacks = name === null || text.trim() === "";

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (name === null || lacks) return;
    writing.mutate(
      { name, text: `# ${oneLine(title)}\n\n${text.trim()}\n` },
      { onSuccess: () => done(words.document.saved) },
    );
  }

  return (
    <Stack component="form" onSubmit={submit}>
      <Text size="sm">
        <b>{words.question}:</b> {question.question}
      </Text>
      <Text size="sm" c="dimmed">
        {words.document.hint}
      </Text>
      <TextInput
        label={words.document.title}
        description={name === null ? undefined : words.document.name(name)}
        maxLength={200}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <Textarea
        label={words.document.text}
        description={words.document.textHint}
        autosize
        minRows={6}
        maxRows={20}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {tried && lacks && (
        <Alert color="red" variant="outline" role="alert" p="xs">
          {words.document.needed}
        </Alert>
      )}
      {writing.error && (
        <Alert color="red" variant="outline" role="alert" p="xs">
          {sentenceOf(writing.error)}
        </Alert>
      )}
      <Button type="submit" loading={writing.isPending}>
        {words.document.save}
      </Button>
    </Stack>
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
