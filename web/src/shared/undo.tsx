/** Says what was done, with a way to take it back. */

import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";

const SECONDS = 12;

export function undoable(message: string, undo: string, taken: () => void): void {
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap">
        <span>{message}</span>
        <Button
          size="compact-sm"
          variant="default"
          flex="none"
          onClick={() => {
            notifications.hide(id);
            taken();
          }}
        >
          {undo}
        </Button>
      </Group>
    ),
    autoClose: SECONDS * 1000,
    withCloseButton: false,
    withBorder: true,
  });
}
