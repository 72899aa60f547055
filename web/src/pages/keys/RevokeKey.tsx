import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";

import { sentenceOf } from "../../api/failure";
import { type Key, useRevokeKey } from "../../api/keys";
import { signOut } from "../../api/session";
import { useWords } from "../../language";
import { say } from "../../shared/saying";
import { isLastOfAdmin } from "./making";

interface Given {
  readonly revoked: Key;
  readonly keys: readonly Key[];
  /** Whether the caller signed in with it. */
  readonly own: boolean;
  readonly close: () => void;
}

/** Asks before a key ends, for that cannot be taken back. */
export function RevokeKey({ revoked, keys, own, close }: Given) {
  const all = useWords();
  const words = all.keys;
  const revoking = useRevokeKey();
  const queries = useQueryClient();

  function revoke(): void {
    revoking.mutate(revoked.id, {
      onSuccess: () => {
        say(words.ended(revoked.name));
        close();
        if (!own) return;
        signOut();
        queries.clear();
      },
    });
  }

  return (
    <Modal opened onClose={close} title={words.revokeOne(revoked.name)}>
      <Stack>
        <Text>{words.revokeHint}</Text>
        {own && <Text fw={600}>{words.revokeOwn}</Text>}
        {isLastOfAdmin(revoked, keys) && <Text fw={600}>{words.revokeLast}</Text>}
        {revoking.error && <Alert color="red" variant="outline" role="alert">{sentenceOf(revoking.error)}</Alert>}
        <Button color="red" c="var(--mantine-color-error)" variant="outline" loading={revoking.isPending} onClick={revoke}>{words.revokeNow}</Button>
        <Button variant="subtle" onClick={close} data-autofocus>{all.shell.cancel}</Button>
      </Stack>
    </Modal>
  );
}
