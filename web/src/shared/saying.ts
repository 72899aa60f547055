/** Says in passing what was done. */

import { notifications } from "@mantine/notifications";

/** `autoClose`: milliseconds that it stays. */
export function say(message: string, autoClose?: number): void {
  notifications.show({ message, withBorder: true, ...(autoClose === undefined ? {} : { autoClose }) });
}
