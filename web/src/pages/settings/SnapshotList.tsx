import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";

import { sentenceOf } from "../../api/failure";
import { type Snapshot, useSnapshots, useTakeSnapshot } from "../../api/settings";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { FailureNotice, Waiting } from "../../shell/notices";
import { DropSnapshot, RollBack } from "./SnapshotDialogs";

/** States that the knowledge base can be brought back to. */
export function SnapshotList({ base }: { base: string }) {
  const words = useWords().settings.snapshots;
  const snapshots = useSnapshots(base);
  const newest = [...(snapshots.data ?? [])].reverse();
  return (
    <Stack gap="sm" component="section" aria-label={words.title}>
      <div>
        <Title order={2}>{words.title}</Title>
        <Text size="sm" c="dimmed">{words.hint}</Text>
      </div>
      <TakeSnapshot base={base} />
      {snapshots.error && <FailureNotice error={snapshots.error} again={() => void snapshots.refetch()} />}
      {!snapshots.data && !snapshots.error && <Waiting />}
      {snapshots.data?.length === 0 && <Text size="sm">{words.nothing}</Text>}
      {newest.map((each) => <SnapshotRow key={each.name} base={base} snapshot={each} />)}
    </Stack>
  );
}

function SnapshotRow({ base, snapshot }: { base: string; snapshot: Snapshot }) {
  const words = useWords().settings.snapshots;
  const moments = useMoments();
  const [asking, setAsking] = useState<"restore" | "drop" | null>(null);
  const close = () => setAsking(null);
  return (
    <Group justify="space-between" gap="xs" role="group" aria-label={words.one(snapshot.name)}>
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600}>{snapshot.name}</Text>
        <Text size="xs" c="dimmed">{moments.minute(snapshot.made)} · {words.size(snapshot.documents, snapshot.passages)}</Text>
      </div>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={() => setAsking("restore")}>{words.restore}</Button>
        <Button size="xs" variant="default" onClick={() => setAsking("drop")}>{words.drop}</Button>
      </Group>
      {asking === "restore" && <RollBack base={base} snapshot={snapshot} close={close} />}
      {asking === "drop" && <DropSnapshot base={base} snapshot={snapshot} close={close} />}
    </Group>
  );
}

function TakeSnapshot({ base }: { base: string }) {
  const words = useWords().settings.snapshots;
  const [name, setName] = useState(today);
  const taking = useTakeSnapshot(base);

  function submit(event: FormEvent): void {
    event.preventDefault();
    taking.mutate(name.trim(), {
      onSuccess: (made) => {
        notifications.show({ message: words.taken(made.name), withBorder: true });
        setName(today());
      },
    });
  }

  return (
    <Group component="form" align="flex-end" gap="xs" onSubmit={submit}>
      <TextInput
        label={words.name}
        maxLength={64}
        value={name}
        error={taking.error ? sentenceOf(taking.error) : null}
        style={{ flex: 1, maxWidth: 320 }}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" loading={taking.isPending} disabled={name.trim() === ""}>{words.take}</Button>
    </Group>
  );
}

/** A name by the moment, such as 2026-11-30-1549. */
function today(): string {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}`;
}
