import { Button, Group, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useWords } from "../../language";

interface Given {
  readonly text: string;
  readonly busy: boolean;
  readonly failure: string | null;
  readonly keep: (text: string) => void;
  readonly close: () => void;
}

/** Another text in the place of a passage's own. */
export function CorrectionForm({ text, busy, failure, keep, close }: Given) {
  const words = useWords();
  const [written, setWritten] = useState(text);

  function submit(event: FormEvent): void {
    event.preventDefault();
    keep(written);
  }

  return (
    <Stack component="form" gap="xs" onSubmit={submit}>
      <Textarea
        label={words.library.desk.correctLabel}
        description={words.library.desk.correctHint}
        error={failure}
        autosize
        minRows={3}
        maxRows={24}
        autoFocus
        value={written}
        onChange={(event) => setWritten(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && !event.nativeEvent.isComposing && close()}
      />
      <Group gap="xs">
        <Button type="submit" size="xs" loading={busy} disabled={written.trim() === text.trim()}>
          {words.shell.save}
        </Button>
        <Button size="xs" variant="default" onClick={close}>
          {words.shell.cancel}
        </Button>
      </Group>
    </Stack>
  );
}
