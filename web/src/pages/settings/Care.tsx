import { Stack } from "@mantine/core";

import { BackupButton } from "./BackupButton";
import { DeleteBase } from "./DeleteBase";
import { HealthView } from "./HealthView";
import { SnapshotList } from "./SnapshotList";

/** How a knowledge base stands, and what it can be brought back from. */
export function Care({ base, whole }: { base: string; whole: boolean }) {
  return (
    <Stack gap="xl">
      <HealthView base={base} />
      <SnapshotList base={base} />
      <BackupButton base={base} />
      {whole && <DeleteBase base={base} />}
    </Stack>
  );
}
