import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useBlocker } from "react-router";

import { useWords } from "../../language";

/** Asks before somebody leaves the page with changes that are not saved. */
export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const all = useWords();
  const words = all.settings;
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);

  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);

  if (blocker.state !== "blocked") return null;
  return (
    <Modal opened onClose={blocker.reset} title={words.unsaved}>
      <Stack>
        <Text>{words.leaveHint}</Text>
        <Group gap="xs">
          <Button variant="default" onClick={blocker.reset} data-autofocus>{words.stay}</Button>
          <Button color="red" c="var(--mantine-color-error)" variant="outline" onClick={blocker.proceed}>{words.leave}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
