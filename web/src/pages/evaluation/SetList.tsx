import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { type Measure, type QuestionSet, setUrl, useBegunRun, useSets } from "../../api/evaluation";
import { sentenceOf } from "../../api/failure";
import { useWords } from "../../language";
import { FormWindow } from "../../shared/FormWindow";
import { useMoments } from "../../shared/moments";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useRemoval } from "./removing";
import { SetForm } from "./SetForm";

/** The question sets, each with what can be measured by it. */
export function SetList({ base }: { base: string }) {
  const words = useWords();
  const told = words.evaluation;
  const sets = useSets(base);
  const { hidden, remove } = useRemoval(["base", base, "sets"]);
  const [editing, setEditing] = useState<{ name: string | null } | null>(null);
  const shown = sets.data?.filter((each) => !hidden.has(each.name)) ?? [];

  function saved(name: string, questions: number): void {
    setEditing(null);
    notifications.show({ message: told.form.saved(name, questions), withBorder: true });
  }

  return (
    <section aria-labelledby="evaluation-sets">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="evaluation-sets">{told.sets.title}</Title>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEditing({ name: null })}>{told.sets.add}</Button>
      </Group>
      {sets.error && <FailureNotice error={sets.error} again={() => void sets.refetch()} />}
      {sets.isPending && <Waiting />}
      {sets.data && shown.length === 0 && <Text c="dimmed">{told.sets.none}</Text>}
      <Stack gap="xs">
        {shown.map((set) => (
          <SetCard
            key={set.name}
            base={base}
            set={set}
            edit={() => setEditing({ name: set.name })}
            remove={() => remove(set.name, setUrl(base, set.name), told.sets.removed(set.name))}
          />
        ))}
      </Stack>
      <FormWindow
        opened={editing !== null}
        close={() => setEditing(null)}
        title={editing?.name ? told.sets.editOf(editing.name) : told.sets.add}
        size="xl"
      >
        {editing && <SetForm base={base} name={editing.name} taken={sets.data?.map((each) => each.name) ?? []} done={saved} />}
      </FormWindow>
    </section>
  );
}

interface CardGiven {
  readonly base: string;
  readonly set: QuestionSet;
  readonly edit: () => void;
  readonly remove: () => void;
}

function SetCard({ base, set, edit, remove }: CardGiven) {
  const { sets: words, measures } = useWords().evaluation;
  const moments = useMoments();
  const beginning = useBegunRun(base);

  function measure(what: Measure): void {
    beginning.mutate(
      { name: set.name, measure: what },
      { onSuccess: () => notifications.show({ message: words.queued, withBorder: true }) },
    );
  }

  return (
    <Paper withBorder p="sm" component="article" aria-label={set.name}>
      <Group justify="space-between" gap="xs">
        <div>
          <Text fw={600}>{set.name}</Text>
          <Text size="xs" c="dimmed">{words.questions(set.questions)} · {words.changed(moments.minute(set.changed))}</Text>
        </div>
        <Group gap="xs">
          {(["answers", "search"] as const).map((what) => (
            <Button
              key={what}
              size="xs"
              loading={beginning.isPending && beginning.variables.measure === what}
              disabled={beginning.isPending}
              aria-label={words.runOf(measures[what], set.name)}
              onClick={() => measure(what)}
            >
              {words.run}: {measures[what]}
            </Button>
          ))}
          <Button size="xs" variant="default" aria-label={words.editOf(set.name)} onClick={edit}>{words.edit}</Button>
          <Button size="xs" variant="default" aria-label={words.removeOf(set.name)} onClick={remove}>{words.remove}</Button>
        </Group>
      </Group>
      {beginning.error && <Alert mt="xs" color="red" variant="outline" role="alert" p="xs">{sentenceOf(beginning.error)}</Alert>}
    </Paper>
  );
}
