/** Says in passing what was done. */

import { notifications } from "@mantine/notifications";

import { words } from "../language";

/** `autoClose`: milliseconds that it stays. */
export function say(message: string, autoClose?: number): void {
  const { close } = words().shell;
  notifications.show({ message, withBorder: true, closeButtonProps: { "aria-label": close }, ...(autoClose === undefined ? {} : { autoClose }) });
}
