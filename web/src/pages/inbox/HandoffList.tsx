import { Button, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { baseUrl, request } from "../../api/client";
import { useHandoffs } from "../../api/inbox";
import { sendLeaving } from "../../api/leaving";
import { useWords } from "../../language";
import { doLater } from "../../shared/later";
import { FailureNotice, Waiting } from "../../shell/notices";
import { HandoffCard } from "./HandoffCard";

/** Conversations that visitors want a person to go on with. */
export function HandoffList({ base }: { base: string }) {
  const words = useWords();
  const queries = useQueryClient();
  const handoffs = useHandoffs(base);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  if (handoffs.error) return <FailureNotice error={handoffs.error} again={() => void handoffs.refetch()} />;
  if (!handoffs.data) return <Waiting />;
  const shown = handoffs.data.pages.flatMap((page) => page.handoffs).filter((each) => !hidden.has(each.id));

  function remove(id: string): void {
    const url = baseUrl(base, "handoffs", id);
    const back = () => setHidden((before) => new Set([...before].filter((each) => each !== id)));
    setHidden((before) => new Set(before).add(id));
    doLater({
      message: words.inbox.handoffs.removed,
      undo: words.shell.undo,
      act: async (leaving) => {
        if (leaving) return sendLeaving(url, "DELETE");
        await request(url, { method: "DELETE" });
        await queries.invalidateQueries({ queryKey: ["base", base, "handoffs"] });
      },
      taken: back,
      failed: back,
    });
  }

  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {shown.length === 0 ? words.inbox.handoffs.none : words.inbox.handoffs.hint}
      </Text>
      {shown.map((each) => (
        <HandoffCard key={each.id} handoff={each} remove={() => remove(each.id)} />
      ))}
      {handoffs.hasNextPage && (
        <Button variant="default" loading={handoffs.isFetchingNextPage} onClick={() => void handoffs.fetchNextPage()}>
          {words.inbox.handoffs.more}
        </Button>
      )}
    </Stack>
  );
}
