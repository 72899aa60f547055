import { Button, Group, Modal, Text } from "@mantine/core";
import { useEffect } from "react";
import { useBlocker } from "react-router";

interface Given {
  /** Whether there is something that would be lost. */
  readonly dirty: boolean;
  readonly words: { readonly title: string; readonly text: string; readonly stay: string; readonly go: string };
}

/** Asks before a page is left whose changes are not saved. */
export function LeavingGuard({ dirty, words }: Given) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
  return (
    <Modal
      opened={blocker.state === "blocked"}
      onClose={() => blocker.reset?.()}
      title={words.title}
    >
      <Text mb="md">{words.text}</Text>
      <Group justify="flex-end">
        <Button data-autofocus onClick={() => blocker.reset?.()}>{words.stay}</Button>
        <Button variant="default" onClick={() => blocker.proceed?.()}>{words.go}</Button>
      </Group>
    </Modal>
  );
}
