/** What a page shows while it waits, and where something failed. */

import { Alert, Button, Center, Loader, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { sentenceOf } from "../api/failure";
import { useWords } from "../language";

export function Waiting() {
  const words = useWords().shell;
  return (
    <Center p="xl" role="status">
      <Loader size="sm" aria-hidden />
      <span className="hidden-text">{words.loading}</span>
    </Center>
  );
}

/** One sentence, and a way to try again where there is one. */
export function FailureNotice({ error, again }: { error: unknown; again?: () => void }) {
  const words = useWords().shell.failure;
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} role="alert" m="md" variant="outline">
      <Stack gap="xs" align="flex-start">
        {sentenceOf(error)}
        {again && (
          <Button size="xs" variant="default" onClick={again}>
            {words.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
