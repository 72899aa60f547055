import { ActionIcon, Alert, Group, Paper, Text, Textarea, Tooltip } from "@mantine/core";
import { useSessionStorage } from "@mantine/hooks";
import { IconPlayerStopFilled, IconSend2 } from "@tabler/icons-react";
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from "react";

import { useWords } from "../../language";

const COMPOSING = 229; // the key code of a key that an input method takes, also where `isComposing` comes too late

interface Given {
  readonly base: string;
  readonly conversation: string;
  readonly busy: boolean;
  /** Whether there is little room. */
  readonly narrow: boolean;
  readonly send: (question: string) => void;
  readonly stop: () => void;
  readonly children: ReactNode;
}

/** Where a question is written. What was typed is kept while the tab is open. */
export function QuestionBox({ base, conversation, busy, narrow, send, stop, children }: Given) {
  const words = useWords().ask;
  const [text, setText] = useSessionStorage({
    key: `wenyuan/draft/${base}`,
    defaultValue: "",
    getInitialValueInEffect: false,
  });
  const [pictured, setPictured] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    box.current?.focus({ preventScroll: true });
  }, [conversation]);

  function submit(): void {
    if (busy || text.trim() === "") return;
    send(text.trim());
    setText("");
    setPictured(false);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey) return;
    if (event.nativeEvent.isComposing || event.keyCode === COMPOSING) return;
    event.preventDefault();
    submit();
  }

  /** Says so where a picture alone comes, instead of letting it vanish or the browser open it. */
  function onPicture(event: ClipboardEvent | DragEvent, data: DataTransfer): void {
    const pictures = [...data.files].filter((file) => file.type.startsWith("image/")).length;
    if (data.types.includes("text/plain") || pictures === 0 || pictures < data.files.length) return;
    event.preventDefault();
    setPictured(true);
  }

  return (
    <div>
      {pictured && (
        <Alert
          color="yellow"
          variant="outline"
          role="alert"
          mb="xs"
          p="xs"
          withCloseButton
          onClose={() => setPictured(false)}
        >
          {words.pictures}
        </Alert>
      )}
      <Paper withBorder p="xs" shadow="xs">
        <Textarea
          ref={box}
          variant="unstyled"
          aria-label={words.box}
          aria-describedby="question-keys"
          placeholder={words.placeholder}
          autosize
          minRows={1}
          maxRows={8}
          px="xs"
          size="md"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKey}
          onPaste={(event) => onPicture(event, event.clipboardData)}
          onDrop={(event) => onPicture(event, event.dataTransfer)}
        />
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap" miw={0}>
            {children}
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Text id="question-keys" size="xs" c="dimmed" className={narrow ? "hidden-text" : ""} visibleFrom="sm">
              {words.keys}
            </Text>
            {busy ? (
              <Tooltip label={words.stop}>
                <ActionIcon size="lg" variant="default" aria-label={words.stop} onClick={stop}>
                  <IconPlayerStopFilled size={18} aria-hidden />
                </ActionIcon>
              </Tooltip>
            ) : (
              <Tooltip label={words.send}>
                <ActionIcon
                  size="lg"
                  variant="filled"
                  aria-label={words.send}
                  disabled={text.trim() === ""}
                  onClick={submit}
                >
                  <IconSend2 size={18} aria-hidden />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
        </Group>
      </Paper>
    </div>
  );
}
