import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { sentenceOf } from "../../api/failure";
import { type Snapshot, useDropSnapshot, useRollBack } from "../../api/settings";
import { useWords } from "../../language";
import { say } from "../../shared/saying";

interface Given {
  readonly base: string;
  readonly snapshot: Snapshot;
  readonly close: () => void;
}

/** Asks before the knowledge base becomes what it was. */
export function RollBack({ base, snapshot, close }: Given) {
  const words = useWords().settings.snapshots;
  const rolling = useRollBack(base);
  const act = () =>
    rolling.mutate(snapshot.name, {
      onSuccess: ({ before }) => {
        say(words.restored(snapshot.name, before.name), 15_000);
        close();
      },
    });
  return (
    <Asked title={words.restoreOne(snapshot.name)} close={close} error={rolling.error}>
      <Text>{words.restoreHint}</Text>
      <Button variant="outline" loading={rolling.isPending} onClick={act}>{words.restoreNow}</Button>
    </Asked>
  );
}

/** Asks before a snapshot goes. */
export function DropSnapshot({ base, snapshot, close }: Given) {
  const words = useWords().settings.snapshots;
  const dropping = useDropSnapshot(base);
  const act = () =>
    dropping.mutate(snapshot.name, {
      onSuccess: () => {
        say(words.dropped(snapshot.name));
        close();
      },
    });
  return (
    <Asked title={words.dropOne(snapshot.name)} close={close} error={dropping.error}>
      <Text>{words.dropHint}</Text>
      <Button color="red" c="var(--mantine-color-error)" variant="outline" loading={dropping.isPending} onClick={act}>{words.dropNow}</Button>
    </Asked>
  );
}

function Asked({ title, close, error, children }: { title: string; close: () => void; error: unknown; children: ReactNode }) {
  const all = useWords();
  return (
    <Modal opened onClose={close} title={title}>
      <Stack>
        {children}
        {error !== null && <Alert color="red" variant="outline" role="alert">{sentenceOf(error)}</Alert>}
        <Button variant="subtle" onClick={close} data-autofocus>{all.shell.cancel}</Button>
      </Stack>
    </Modal>
  );
}
