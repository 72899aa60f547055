import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";

import type { MadeKey } from "../../api/keys";
import { useSession } from "../../api/session";
import { useWords } from "../../language";
import { CopyBox } from "./CopyBox";
import { isOwn, scriptOf } from "./making";

interface Given {
  readonly made: MadeKey;
  /** Whether the line for the pages of its site is on the clipboard; `null` where that is not known. */
  readonly copied: boolean | null;
  readonly close: () => void;
}

/** The secret of a new key: the only time that it can be seen. */
export function NewSecret({ made, copied, close }: Given) {
  const all = useWords();
  const words = all.keys;
  const { key } = useSession();
  const queries = useQueryClient();
  const own = isOwn(made, key);

  function leave(): void {
    close();
    if (key === null) void queries.invalidateQueries(); // now the server asks for a key
  }

  return (
    <Modal
      opened
      onClose={leave}
      title={words.madeTitle(made.name)}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Alert color="yellow" variant="outline">{words.once}</Alert>
        <CopyBox label={words.secret} text={made.secret} />
        {made.only !== null && (
          <>
            <Text size="sm" fw={600} role="status">
              {copied !== null && (copied ? words.scriptCopied : words.scriptNotCopied)}
            </Text>
            <CopyBox label={words.script} text={scriptOf(made)} />
            <Text size="sm" c="dimmed">{words.scriptHint(window.location.origin)}</Text>
          </>
        )}
        {own && <Text size="sm">{words.entered}</Text>}
        {key === null && <Text size="sm">{words.notEntered}</Text>}
        <Button onClick={leave}>{words.keptIt}</Button>
      </Stack>
    </Modal>
  );
}
