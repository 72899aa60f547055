import { Alert, Button, FileButton, Group, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";

import { useSet, useWrittenSet } from "../../api/evaluation";
import { sentenceOf } from "../../api/failure";
import { useLibrary } from "../../api/library";
import { lineOf } from "../../api/rules";
import { useWords } from "../../language";
import { LinedEditor, type LinedEditorHandle } from "../../shared/LinedEditor";
import { FailureNotice, Waiting } from "../../shell/notices";
import { exampleOf } from "./example";

const LARGEST = 3_000_000; // bytes

interface Given {
  readonly base: string;
  /** The set that is edited; `null` for a new one. */
  readonly name: string | null;
  readonly taken: readonly string[];
  readonly done: (name: string, questions: number) => void;
}

/** A question set, as soon as its text is there. */
export function SetForm({ base, name, taken, done }: Given) {
  const set = useSet(base, name);
  if (name === null) return <Fields base={base} name={null} text="" taken={taken} done={done} />;
  if (set.error) return <FailureNotice error={set.error} again={() => void set.refetch()} />;
  if (!set.data || set.isFetching) return <Waiting />;
  return <Fields base={base} name={name} text={set.data.jsonl} taken={taken} done={done} />;
}

function Fields({ base, name: fixed, text, taken, done }: Given & { text: string }) {
  const words = useWords().evaluation.form;
  const [name, setName] = useState(fixed ?? "");
  const [jsonl, setJsonl] = useState(text);
  const [tried, setTried] = useState(false);
  const [unread, setUnread] = useState<string | null>(null);
  const editor = useRef<LinedEditorHandle>(null);
  const saving = useWrittenSet(base);
  const first = useLibrary(base).data?.[0]?.id;
  const lacks = name.trim() === "" || jsonl.trim() === "";
  const wrong = lacks ? words.needed : fixed === null && taken.includes(name.trim()) ? words.taken(name.trim()) : null;

  function change(to: string): void {
    setJsonl(to);
    if (saving.isError) saving.reset();
  }

  async function take(file: File | null): Promise<void> {
    if (file === null) return;
    setUnread(file.size > LARGEST ? words.large : null);
    if (file.size > LARGEST) return;
    try {
      change(new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()));
      if (name === "") setName(file.name.replace(/\.[^.]*$/, ""));
    } catch {
      setUnread(words.unreadable);
    }
  }

  function submit(event?: FormEvent): void {
    event?.preventDefault();
    setTried(true);
    if (wrong !== null) return;
    saving.mutate({ name: name.trim(), jsonl }, { onSuccess: (set) => done(set.name, set.questions) });
  }

  return (
    <Stack component="form" onSubmit={submit}>
      {fixed === null && (
        <TextInput
          label={words.name}
          description={words.nameHint}
          maxLength={64}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <LinedEditor ref={editor} label={words.jsonl} hint={words.jsonlHint} value={jsonl} change={change} save={submit} wrong={lineOf(saving.error)} />
      <Group gap="xs">
        <FileButton accept=".jsonl,.json,.txt" onChange={(file) => void take(file)}>
          {(given) => <Button {...given} variant="default" size="xs">{words.upload}</Button>}
        </FileButton>
        {jsonl.trim() === "" && first !== undefined && <Button variant="default" size="xs" onClick={() => change(exampleOf(first))}>{words.example}</Button>}
      </Group>
      {unread && <Alert color="red" variant="outline" role="alert" p="xs">{unread}</Alert>}
      {tried && wrong !== null && <Alert color="red" variant="outline" role="alert" p="xs">{wrong}</Alert>}
      {saving.error && <Alert color="red" variant="outline" role="alert" p="xs">{sentenceOf(saving.error)}</Alert>}
      <Button type="submit" loading={saving.isPending}>{words.save}</Button>
    </Stack>
  );
}
