import { Alert, Button, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { sentenceOf } from "../../api/failure";
import { useFields } from "../../api/library";
import type { MetadataValue, WholeDocument } from "../../api/types";
import { useWords } from "../../language";
import { FieldRows } from "../../shared/FieldRows";
import { type Row, difference, fieldsOf, freshRow, namedIn, problemsOf } from "../../shared/fields";

interface Given {
  readonly base: string;
  readonly document: WholeDocument;
  readonly mayChange: boolean;
}

/** Title, date and fields of a document. What is saved is what was changed. */
export function FieldsForm({ base, document, mayChange }: Given) {
  const words = useWords().library.fields;
  const [title, setTitle] = useState(document.title);
  const [date, setDate] = useState(document.time.slice(0, 10));
  const [rows, setRows] = useState<readonly Row[]>(() =>
    Object.entries(document.metadata).map(([name, value]) => freshRow(name, value)),
  );
  const [said, setSaid] = useState("");
  const [tried, setTried] = useState(false);
  const saving = useFields(base, document.id);
  const own = problemsOf(rows);
  const failure = saving.error ? sentenceOf(saving.error) : null;
  const blamed = failure === null ? null : namedIn(failure, ["title", "date", ...rows.map((row) => row.name.trim())]);
  const problems = new Map(
    rows.flatMap((row) => {
      const problem = tried ? own.get(row.key) : undefined;
      const sentence = problem !== undefined ? words[problem] : blamed === row.name.trim() ? failure : null;
      return sentence === null ? [] : [[row.key, sentence] as const];
    }),
  );

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    setSaid("");
    if (own.size > 0) return;
    const news = { ...difference(document.metadata, fieldsOf(rows)), ...differenceOfOwn(document, title, date) };
    if (Object.keys(news).length === 0) {
      saving.reset();
      setSaid(words.unchanged);
      return;
    }
    saving.mutate(news, {
      onSuccess: (saved) => {
        setTitle(saved.title);
        setDate(saved.time.slice(0, 10));
        setRows(Object.entries(saved.metadata).map(([name, value]) => freshRow(name, value)));
        const stays = Object.entries(news).filter(([name, value]) => value === null && name in saved.metadata);
        const names = stays.map(([name]) => `“${name}”`).join(" ");
        setSaid(names === "" ? words.saved : `${words.saved} ${words.stays(names)}`);
        setTried(false);
      },
    });
  }

  return (
    <Stack component="form" gap="sm" onSubmit={submit}>
      <TextInput
        label={words.title}
        description={words.own}
        value={title}
        readOnly={!mayChange}
        error={blamed === "title" && failure}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label={words.date}
        description={words.own}
        w={220}
        value={date}
        readOnly={!mayChange}
        error={blamed === "date" && failure}
        onChange={(event) => setDate(event.currentTarget.value)}
      />
      {rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.none}
        </Text>
      )}
      <FieldRows rows={rows} change={setRows} problems={problems} locked={!mayChange} />
      {failure !== null && blamed === null && (
        <Alert color="red" variant="outline" role="alert">
          {failure}
        </Alert>
      )}
      <Text size="sm" role="status">
        {said}
      </Text>
      {mayChange && (
        <Button type="submit" loading={saving.isPending} style={{ alignSelf: "flex-start" }}>
          {words.save}
        </Button>
      )}
    </Stack>
  );
}

/** Title and date are fields like others, which the document has of itself: an empty one gives it that again. */
function differenceOfOwn(document: WholeDocument, title: string, date: string): Record<string, MetadataValue> {
  const news: Record<string, MetadataValue> = {};
  if (title.trim() !== document.title) news.title = title.trim() || null;
  if (date !== document.time.slice(0, 10)) news.date = date || null;
  return news;
}
