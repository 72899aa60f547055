import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useWords } from "../../language";
import { FormWindow } from "../../shared/FormWindow";
import type { Conversation } from "./conversations";

interface Given {
  /** The one that is to get another name; `null` while none is. */
  readonly conversation: Conversation | null;
  readonly close: () => void;
  readonly rename: (conversation: Conversation, name: string) => void;
}

/** Gives a conversation another name. */
export function RenameWindow({ conversation, close, rename }: Given) {
  const words = useWords();
  return (
    <FormWindow opened={conversation !== null} close={close} title={words.ask.rename}>
      {conversation && (
        <NameForm
          name={conversation.name}
          keep={(name) => {
            rename(conversation, name);
            close();
          }}
        />
      )}
    </FormWindow>
  );
}

function NameForm({ name, keep }: { name: string; keep: (name: string) => void }) {
  const words = useWords();
  const [text, setText] = useState(name);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (text.trim() !== "") keep(text.trim());
  }

  return (
    <Stack component="form" onSubmit={submit}>
      <TextInput
        label={words.ask.name}
        value={text}
        maxLength={200}
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" disabled={text.trim() === ""}>
        {words.shell.save}
      </Button>
    </Stack>
  );
}
