import { Badge, Group, Text } from "@mantine/core";

import type { TrainingRun } from "../../api/training";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";

const COLOURS = { done: "green", unfinished: "yellow", unreadable: "red" } as const;

/** What a run trains, how far it is and since when. */
export function RunMarks({ run }: { run: TrainingRun }) {
  const words = useWords().training;
  const moments = useMoments();
  const state = run.state ?? "unreadable";
  const kinds: Readonly<Record<string, string>> = words.kinds;
  const parts = [
    run.kind === null ? "" : (kinds[run.kind] ?? run.kind),
    run.step === null ? "" : words.step(run.step),
    run.started === null ? "" : words.started(moments.minute(run.started)),
    run.changed === null ? "" : words.changed(moments.minute(run.changed)),
  ];
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">{parts.filter(Boolean).join(" · ")}</Text>
      <Badge size="sm" variant="outline" color={COLOURS[state]} c="inherit">{words.states[state]}</Badge>
    </Group>
  );
}
