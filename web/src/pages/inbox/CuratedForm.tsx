import { Alert, Button, SegmentedControl, Select, Stack, TagsInput, Text, TextInput, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { sentenceOf } from "../../api/failure";
import { type Curated, type Unanswered, useCuratedAnswer } from "../../api/inbox";
import { useLibrary } from "../../api/library";
import { useWords } from "../../language";
import { heart, ruleOf } from "./naming";

const OFFERED = 100; // documents of a list that is searched
const YEAR = 365 * 86_400_000;

interface Given {
  readonly base: string;
  readonly question: Pick<Unanswered, "question" | "nearest">;
  /** The answer as somebody has written it already. */
  readonly written?: string;
  readonly done: (message: string) => void;
}

/** An answer that is given word for word to questions with certain words. */
export function CuratedForm({ base, question, written = "", done }: Given) {
  const words = useWords().inbox;
  const library = useLibrary(base).data ?? [];
  const saving = useCuratedAnswer(base);
  const [name, setName] = useState(ruleOf(question.question));
  const [all, setAll] = useState<string[]>([heart(question.question)]);
  const [any, setAny] = useState<string[]>([]);
  const [text, setText] = useState(written);
  const [expires, setExpires] = useState(new Date(Date.now() + YEAR).toISOString().slice(0, 10));
  const [proof, setProof] = useState<"document" | "url">("document");
  const [document, setDocument] = useState<string | null>(question.nearest[0]?.document ?? null);
  const [quote, setQuote] = useState("");
  const [url, setUrl] = useState("");
  const [tried, setTried] = useState(false);
  const proven = proof === "document" ? document !== null : url.trim() !== "";
  const whole = name.trim() !== "" && all.length + any.length > 0 && text.trim() !== "" && expires !== "" && proven;

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (!whole) return;
    const named =
      proof === "url"
        ? { url: url.trim() }
        : { document: document ?? "", ...(quote.trim() && { quote: quote.trim() }) };
    const answer: Curated = { all, any, text: text.trim(), expires, ...named };
    saving.mutate({ name: name.trim(), answer }, { onSuccess: () => done(words.answer.saved) });
  }

  return (
    <Stack component="form" onSubmit={submit}>
      <Text size="sm">
        <b>{words.question}:</b> {question.question}
      </Text>
      <Text size="sm" c="dimmed">
        {words.answer.hint}
      </Text>
      <TagsInput
        label={words.answer.all}
        placeholder={words.answer.wordsHint}
        value={all}
        onChange={setAll}
        acceptValueOnBlur
        splitChars={[]}
      />
      <TagsInput
        label={words.answer.any}
        placeholder={words.answer.wordsHint}
        value={any}
        onChange={setAny}
        acceptValueOnBlur
        splitChars={[]}
      />
      <Textarea
        label={words.answer.text}
        autosize
        minRows={3}
        maxRows={12}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label={words.answer.expires}
        w={220}
        value={expires}
        onChange={(event) => setExpires(event.currentTarget.value)}
      />
      <div>
        <Text size="sm" fw={500} mb={4}>
          {words.answer.proof}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={words.answer.proof}
          value={proof}
          onChange={(to) => setProof(to === "url" ? "url" : "document")}
          data={[
            { value: "document", label: words.answer.proofs.document },
            { value: "url", label: words.answer.proofs.url },
          ]}
        />
      </div>
      {proof === "document" ? (
        <>
          <Select
            label={words.answer.document}
            searchable
            limit={OFFERED}
            data={library.map((each) => each.id)}
            value={document}
            onChange={setDocument}
          />
          <Textarea
            label={words.answer.quote}
            autosize
            minRows={1}
            maxRows={6}
            value={quote}
            onChange={(event) => setQuote(event.currentTarget.value)}
          />
        </>
      ) : (
        <TextInput
          label={words.answer.url}
          placeholder="https://"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
      )}
      <TextInput
        label={words.answer.name}
        description={words.answer.nameHint}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {tried && !whole && (
        <Alert color="red" variant="outline" role="alert" p="xs">
          {words.answer.needed}
        </Alert>
      )}
      {saving.error && (
        <Alert color="red" variant="outline" role="alert" p="xs">
          {sentenceOf(saving.error)}
        </Alert>
      )}
      <Button type="submit" loading={saving.isPending}>
        {words.answer.save}
      </Button>
    </Stack>
  );
}
