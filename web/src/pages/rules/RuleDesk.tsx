import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useRef, useState } from "react";

import { sentenceOf } from "../../api/failure";
import { useLibrary } from "../../api/library";
import { isOvertaken, lineOf, useCheckedRules, useReread, useRulesChange } from "../../api/rules";
import { useWords } from "../../language";
import { undoable } from "../../shared/undo";
import { LeavingGuard } from "../../shared/LeavingGuard";
import { LinedEditor, type LinedEditorHandle } from "../../shared/LinedEditor";
import { exampleOf } from "./example";
import { RuleList } from "./RuleList";
import { RuleTests } from "./RuleTests";
import { RuleTrial } from "./RuleTrial";

const PAUSE = 400; // milliseconds without a key until the text is checked

/** The text of the rules, with what it says and does. `kept` is what the server has. */
export function RuleDesk({ base, kept }: { base: string; kept: string }) {
  const words = useWords();
  const told = words.rules;
  const [from, setFrom] = useState(kept);
  const [text, setText] = useState(kept);
  const [settled] = useDebouncedValue(text, PAUSE);
  const editor = useRef<LinedEditorHandle>(null);
  const check = useCheckedRules(base, settled);
  const first = useLibrary(base).data?.[0]?.id;
  const saving = useRulesChange(base, told.overtaken);
  const reread = useReread(base);
  const dirty = text !== from;
  if (!dirty && !saving.isPending && kept !== from) {
    setFrom(kept); // changed elsewhere, and nothing was written here
    setText(kept);
  }
  const valid = settled === text && check.isSuccess;
  const line = settled === text ? lineOf(check.error) : null;
  const failed = (error: unknown) => notifications.show({ message: sentenceOf(error), color: "red", withBorder: true });

  function save(): void {
    if (!dirty || !valid || saving.isPending) return;
    const before = from;
    saving.mutate(
      { from: before, to: text },
      {
        onSuccess: () => {
          setFrom(text);
          undoable(told.saved, words.shell.undo, () => takeBack(before));
        },
      },
    );
  }

  function takeBack(before: string): void {
    saving.mutate(
      { from: text, to: before },
      {
        onSuccess: () => {
          setFrom(before);
          setText((now) => (now === text ? before : now));
          notifications.show({ message: told.undone, withBorder: true });
        },
        onError: failed,
      },
    );
  }

  function loadTheirs(): void {
    reread().then((theirs) => {
      saving.reset();
      setFrom(theirs);
      setText(theirs);
    }, failed);
  }

  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <LinedEditor ref={editor} label={told.editor} hint={told.editorHint} value={text} change={setText} save={save} wrong={line} />
        <Stack gap="xs" aria-live="polite">
          {check.error && settled === text ? (
            <Alert color="red" variant="outline" p="xs">
              <Group justify="space-between" gap="xs">
                <Text size="sm" flex="1 1 200px">{sentenceOf(check.error)}</Text>
                {line !== null && <Button size="compact-sm" variant="default" onClick={() => editor.current?.goTo(line)}>{told.toLine(line)}</Button>}
              </Group>
            </Alert>
          ) : (
            <Text size="sm" c="dimmed">{valid ? told.valid(check.data.rules.length, check.data.tests) : told.checking}</Text>
          )}
        </Stack>
        {saving.error && (
          <Alert color="red" variant="outline" role="alert" p="xs">
            <Stack gap="xs" align="flex-start">
              {sentenceOf(saving.error)}
              {isOvertaken(saving.error) && <Button size="compact-sm" variant="default" onClick={loadTheirs}>{told.loadTheirs}</Button>}
            </Stack>
          </Alert>
        )}
        <Group gap="sm">
          <Button disabled={!dirty || !valid} loading={saving.isPending} onClick={save}>{told.save}</Button>
          {dirty && <Button variant="default" onClick={() => setText(from)}>{told.discard}</Button>}
          {text.trim() === "" && first !== undefined && <Button variant="default" onClick={() => setText(exampleOf(first))}>{told.example}</Button>}
          {dirty && <Text size="sm" c="dimmed">{told.unsaved}</Text>}
        </Group>
      </Stack>
      <RuleList rules={check.data?.rules ?? null} />
      <RuleTrial base={base} rules={text} usable={valid} />
      <RuleTests base={base} rules={text} tests={valid ? check.data.tests : null} />
      <LeavingGuard dirty={dirty} words={told.leave} />
    </Stack>
  );
}
