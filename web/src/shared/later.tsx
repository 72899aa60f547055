/** What is done only after some seconds, so that it can be taken back; whoever leaves the page has it done at once. */

import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";

import { sentenceOf } from "../api/failure";

const SECONDS = 10;

export interface Later {
  readonly message: string;
  readonly undo: string;
  /** Does it. `leaving`: the page goes away, so that nobody waits for the reply. */
  readonly act: (leaving: boolean) => Promise<unknown>;
  readonly taken: () => void;
  /** Called where it failed, once that was said. */
  readonly failed: () => void;
}

const waiting = new Set<(leaving: boolean) => void>();
window.addEventListener("pagehide", () => {
  for (const each of waiting) each(true);
});

export function doLater({ message, undo, act, taken, failed }: Later): void {
  const timer = window.setTimeout(() => run(false), SECONDS * 1000);
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap">
        <span>{message}</span>
        <Button size="compact-sm" variant="default" style={{ flexShrink: 0 }} onClick={() => end() && taken()}>
          {undo}
        </Button>
      </Group>
    ),
    autoClose: false,
    withCloseButton: false,
    withBorder: true,
  });

  /** False where it was done, or taken back, before. */
  function end(): boolean {
    window.clearTimeout(timer);
    notifications.hide(id);
    return waiting.delete(run);
  }

  function run(leaving: boolean): void {
    if (!end()) return;
    act(leaving).catch((error: unknown) => {
      notifications.show({ message: sentenceOf(error), color: "red", autoClose: 15_000, withBorder: true });
      failed();
    });
  }

  waiting.add(run);
}
