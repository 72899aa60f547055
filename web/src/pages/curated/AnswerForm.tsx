import { Alert, Button, SegmentedControl, Select, Stack, TagsInput, Text, TextInput, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { type NamedAnswer, useWrittenAnswer } from "../../api/curated";
import { sentenceOf } from "../../api/failure";
import { useLibrary } from "../../api/library";
import { useWords } from "../../language";
import { answerOf, type Draft, draftOf, isPlainName, isWhole } from "./draft";

const OFFERED = 100; // documents of a list that is searched

interface Given {
  readonly base: string;
  /** The one that is edited; `null` for a new one. */
  readonly answer: NamedAnswer | null;
  /** Whether its rule has conditions that are not shown here. */
  readonly more: boolean;
  /** Names that there are. */
  readonly taken: readonly string[];
  readonly done: (written: NamedAnswer) => void;
}

/** An answer, when it is given, and what proves it. */
export function AnswerForm({ base, answer, more, taken, done }: Given) {
  const words = useWords().curated.form;
  const library = useLibrary(base).data ?? [];
  const saving = useWrittenAnswer(base);
  const [draft, setDraft] = useState<Draft>(() => draftOf(answer));
  const [tried, setTried] = useState(false);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const name = draft.name.trim();
  const wrong = wrongWith();
  const names = library.map((each) => each.id);
  const offered = draft.document === null || names.includes(draft.document) ? names : [draft.document, ...names];

  function wrongWith(): string | null {
    if (!isWhole(draft)) return words.needed;
    if (!isPlainName(name)) return words.noName;
    return answer === null && taken.includes(name) ? words.taken(name) : null;
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (wrong === null) saving.mutate({ name, answer: answerOf(draft) }, { onSuccess: done });
  }

  return (
    <Stack component="form" onSubmit={submit}>
      {more && <Alert color="orange" variant="outline" p="xs">{words.more}</Alert>}
      {answer === null && (
        <TextInput
          label={words.name}
          description={words.nameHint}
          maxLength={100}
          data-autofocus
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
      )}
      <TagsInput label={words.all} placeholder={words.wordsHint} value={[...draft.all]} onChange={(all) => change({ all })} acceptValueOnBlur splitChars={[]} />
      <TagsInput label={words.any} placeholder={words.wordsHint} value={[...draft.any]} onChange={(any) => change({ any })} acceptValueOnBlur splitChars={[]} />
      <Textarea
        label={words.text}
        autosize
        minRows={3}
        maxRows={12}
        value={draft.text}
        onChange={(event) => change({ text: event.currentTarget.value })}
      />
      <TextInput type="date" label={words.expires} w={220} value={draft.expires} onChange={(event) => change({ expires: event.currentTarget.value })} />
      <div>
        <Text size="sm" fw={500} mb={4}>{words.proof}</Text>
        <SegmentedControl
          size="xs"
          aria-label={words.proof}
          value={draft.proof}
          onChange={(to) => change({ proof: to === "url" ? "url" : "document" })}
          data={[
            { value: "document", label: words.proofs.document },
            { value: "url", label: words.proofs.url },
          ]}
        />
      </div>
      {draft.proof === "document" ? (
        <>
          <Select label={words.document} searchable limit={OFFERED} data={offered} value={draft.document} onChange={(document) => change({ document })} />
          <Textarea label={words.quote} autosize minRows={1} maxRows={6} value={draft.quote} onChange={(event) => change({ quote: event.currentTarget.value })} />
        </>
      ) : (
        <TextInput label={words.url} placeholder="https://" value={draft.url} onChange={(event) => change({ url: event.currentTarget.value })} />
      )}
      {tried && wrong !== null && <Alert color="red" variant="outline" role="alert" p="xs">{wrong}</Alert>}
      {saving.error && <Alert color="red" variant="outline" role="alert" p="xs">{sentenceOf(saving.error)}</Alert>}
      <Button type="submit" loading={saving.isPending}>{words.save}</Button>
    </Stack>
  );
}
