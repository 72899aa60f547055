import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";

import { sentenceOf } from "../../api/failure";
import { changed } from "../../api/queries";
import { type Source, documentsOf, useRemoveSource } from "../../api/sources";
import { useWords } from "../../language";

interface Given {
  readonly base: string;
  readonly source: Source;
  readonly opened: boolean;
  readonly close: () => void;
}

/** Whether the documents of a source stay when it is removed. */
export function RemoveSource({ base, source, opened, close }: Given) {
  const words = useWords();
  const removing = useRemoveSource(base);
  const queries = useQueryClient();

  function remove(keep: boolean): void {
    removing.mutate(
      { name: source.name, keep },
      {
        onSuccess: () => {
          close();
          void changed(queries, base);
        },
      },
    );
  }

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={words.sources.removing.title(source.name)}
    >
      <Stack>
        <Text>{words.sources.removing.ask}</Text>
        {removing.error && (
          <Alert color="red" variant="outline" role="alert">
            {sentenceOf(removing.error)}
          </Alert>
        )}
        <Button variant="default" loading={removing.isPending} onClick={() => remove(true)}>
          {words.sources.removing.keep}
        </Button>
        <Button
          variant="default"
          c="var(--mantine-color-error)"
          loading={removing.isPending}
          onClick={() => remove(false)}
        >
          {words.sources.removing.drop(documentsOf(source))}
        </Button>
        <Button variant="subtle" onClick={close} data-autofocus>
          {words.shell.cancel}
        </Button>
      </Stack>
    </Modal>
  );
}
