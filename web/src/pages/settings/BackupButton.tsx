import { Alert, Button, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";

import { sentenceOf } from "../../api/failure";
import { useBackup } from "../../api/settings";
import { useWords } from "../../language";
import { download } from "../../shared/downloading";
import { say } from "../../shared/saying";

/** The whole knowledge base as one file. */
export function BackupButton({ base }: { base: string }) {
  const words = useWords().settings.backup;
  const fetching = useBackup(base);

  function fetch(): void {
    fetching.mutate(undefined, {
      onSuccess: (file) => {
        const name = `${base}.tar.gz`;
        download(file, name);
        say(words.done(name));
      },
    });
  }

  return (
    <Stack gap="xs" align="flex-start" component="section" aria-label={words.title}>
      <Title order={2}>{words.title}</Title>
      <Text size="sm" c="dimmed">{words.hint}</Text>
      <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={fetching.isPending} onClick={fetch}>
        {words.fetch}
      </Button>
      {fetching.isPending && <Text size="sm" role="status">{words.busy}</Text>}
      {fetching.error && <Alert color="red" variant="outline" role="alert">{sentenceOf(fetching.error)}</Alert>}
    </Stack>
  );
}
