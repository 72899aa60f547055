import { Alert, Box, Button, Checkbox, Paper, PasswordInput, Stack, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { queries } from "../api/cache";
import { signIn, useSession } from "../api/session";
import { useWords } from "../language";

/** Asks for a key where the server does. */
export function SignIn() {
  const words = useWords().shell;
  const { wanted } = useSession();
  const [key, setKey] = useState("");
  const [kept, setKept] = useState(false);

  function enter(event: FormEvent): void {
    event.preventDefault();
    if (key.trim() === "") return;
    signIn(key.trim(), kept);
    void queries.resetQueries();
  }

  return (
    <Box p="md" mt="8vh">
      <Paper component="form" onSubmit={enter} withBorder p="lg" maw={420} mx="auto">
        <Stack>
          <Title order={1}>{words.signIn.title}</Title>
          {wanted === "wrong" && (
            <Alert color="red" variant="outline" role="alert">
              {words.signIn.wrong}
            </Alert>
          )}
          <PasswordInput
            label={words.signIn.key}
            description={words.signIn.hint}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ "aria-label": words.signIn.show }}
            data-autofocus
            autoFocus
          />
          <Checkbox
            label={words.signIn.remember}
            checked={kept}
            onChange={(event) => setKept(event.currentTarget.checked)}
          />
          <Button type="submit">{words.signIn.enter}</Button>
        </Stack>
      </Paper>
    </Box>
  );
}
