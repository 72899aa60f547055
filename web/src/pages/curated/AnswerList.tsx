import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { request } from "../../api/client";
import { curatedUrl, type NamedAnswer, useCuratedAnswers } from "../../api/curated";
import { sendLeaving } from "../../api/leaving";
import { changed } from "../../api/queries";
import { useCheckedRules, useRules } from "../../api/rules";
import { useWords } from "../../language";
import { FormWindow } from "../../shared/FormWindow";
import { doLater } from "../../shared/later";
import { FailureNotice, Waiting } from "../../shell/notices";
import { AnswerCard } from "./AnswerCard";
import { AnswerForm } from "./AnswerForm";
import { hasMore } from "./conditions";

/** All curated answers, and the form for one of them. */
export function AnswerList({ base }: { base: string }) {
  const words = useWords();
  const told = words.curated;
  const queries = useQueryClient();
  const answers = useCuratedAnswers(base);
  const rules = useRules(base).data;
  const infos = useCheckedRules(base, rules ?? null).data?.rules ?? [];
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [editing, setEditing] = useState<NamedAnswer | "new" | null>(null);
  if (answers.error) return <FailureNotice error={answers.error} again={() => void answers.refetch()} />;
  if (!answers.data) return <Waiting />;
  const shown = answers.data.filter((each) => !hidden.has(each.name));
  const infoOf = (name: string) => infos.find((each) => each.name === name);

  function remove(name: string): void {
    const url = curatedUrl(base, name);
    const back = () => setHidden((before) => new Set([...before].filter((each) => each !== name)));
    setHidden((before) => new Set(before).add(name));
    doLater({
      message: told.removed(name),
      undo: words.shell.undo,
      act: async (leaving) => {
        if (leaving) return sendLeaving(url, "DELETE");
        await request(url, { method: "DELETE" });
        await changed(queries, base);
        back();
      },
      taken: back,
      failed: back,
    });
  }

  function saved(name: string): void {
    setEditing(null);
    notifications.show({ message: told.saved(name), withBorder: true });
  }

  const edited = editing === "new" ? null : editing;
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">{shown.length === 0 ? told.none : ""}</Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEditing("new")}>{told.add}</Button>
      </Group>
      {shown.map((answer) => (
        <AnswerCard
          key={answer.name}
          base={base}
          answer={answer}
          info={infoOf(answer.name)}
          edit={() => setEditing(answer)}
          remove={() => remove(answer.name)}
        />
      ))}
      <FormWindow
        opened={editing !== null}
        close={() => setEditing(null)}
        title={edited === null ? told.add : told.editOf(edited.name)}
        size="lg"
      >
        {editing !== null && (
          <AnswerForm
            base={base}
            answer={edited}
            more={edited !== null && hasMore(infoOf(edited.name)?.when)}
            taken={answers.data.map((each) => each.name)}
            done={saved}
          />
        )}
      </FormWindow>
    </Stack>
  );
}
