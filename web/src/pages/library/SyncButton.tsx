import { Button, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { sentenceOf } from "../../api/failure";
import { isOver, useJobs, useSync } from "../../api/library";
import { changed } from "../../api/queries";
import { useWords } from "../../language";

/** Has the server look at all files again. The list is read anew when it, or another job, is done. */
export function SyncButton({ base }: { base: string }) {
  const words = useWords().library;
  const queries = useQueryClient();
  const jobs = useJobs(base, true).data ?? [];
  const syncing = useSync(base);
  const running = jobs.some((job) => !isOver(job) && (job.kind === "sync" || job.kind === "rebuild"));
  const ended = jobs.filter(isOver).length;
  const before = useRef<number | null>(null);
  useEffect(() => {
    if (before.current !== null && ended > before.current) void changed(queries, base);
    before.current = jobs.length === 0 ? null : ended;
  }, [ended, jobs.length, queries, base]);

  function sync(): void {
    syncing.mutate(undefined, {
      onSuccess: () => notifications.show({ message: words.syncing, withBorder: true }),
      onError: (error) => notifications.show({ message: sentenceOf(error), color: "red", withBorder: true }),
    });
  }

  return (
    <Tooltip label={words.syncHint}>
      <Button
        size="sm"
        variant="default"
        leftSection={<IconRefresh size={16} aria-hidden />}
        loading={running || syncing.isPending}
        onClick={sync}
      >
        {words.sync}
      </Button>
    </Tooltip>
  );
}
