import { Button, Group, NumberInput, Select, Stack, Switch, TextInput } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";

import { useLibrary } from "../../api/library";
import { useWords } from "../../language";
import { type AskedHere, MOST_HITS } from "./asked";

const OFFERED = 100; // documents of a list that is searched

interface Given {
  readonly base: string;
  readonly asked: AskedHere;
  readonly busy: boolean;
  readonly look: (asked: AskedHere) => void;
}

/** The question to look into, and the document that was expected. */
export function QuestionForm({ base, asked, busy, look }: Given) {
  const words = useWords().why.form;
  const library = useLibrary(base).data ?? [];
  const [question, setQuestion] = useState(asked.question);
  const [document, setDocument] = useState<string | null>(asked.document === "" ? null : asked.document);
  const [k, setK] = useState<number | string>(asked.k);
  const [ask, setAsk] = useState(asked.ask);
  const [constraints, setConstraints] = useState(asked.constraints);
  const [tried, setTried] = useState(false);
  const names = library.map((each) => each.id);
  const offered = document === null || names.includes(document) ? names : [document, ...names];

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (question.trim() === "") return;
    look({ question: question.trim(), document: document ?? "", k: Number(k) || asked.k, ask: ask && document !== null, constraints });
  }

  return (
    <Stack component="form" gap="sm" onSubmit={submit}>
      <TextInput
        label={words.question}
        maxLength={1000}
        value={question}
        error={tried && question.trim() === "" ? words.needed : undefined}
        onChange={(event) => setQuestion(event.currentTarget.value)}
      />
      <Group align="flex-start" gap="sm">
        <Select
          label={words.document}
          description={words.documentHint}
          inputWrapperOrder={["label", "input", "description"]}
          searchable
          clearable
          limit={OFFERED}
          flex="1 1 260px"
          data={offered}
          value={document}
          onChange={setDocument}
        />
        <NumberInput label={words.k} w={100} min={1} max={MOST_HITS} clampBehavior="strict" allowDecimal={false} value={k} onChange={setK} />
      </Group>
      <Group gap="lg">
        <Switch label={words.constraints} checked={constraints} onChange={(event) => setConstraints(event.currentTarget.checked)} />
        <Switch
          label={words.ask}
          description={words.askHint}
          disabled={document === null}
          checked={ask && document !== null}
          onChange={(event) => setAsk(event.currentTarget.checked)}
        />
      </Group>
      <Group>
        <Button type="submit" loading={busy} leftSection={<IconZoomQuestion size={18} aria-hidden />}>{words.look}</Button>
      </Group>
    </Stack>
  );
}
