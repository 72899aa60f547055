import { Alert, Button, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";

import { request } from "../api/client";
import { sentenceOf } from "../api/failure";
import type { BaseSummary, Me } from "../api/types";
import { useWords } from "../language";
import { may } from "../routes";

/** Instead of a page where there is no knowledge base. */
export function NewBase({ me }: { me: Me }) {
  const words = useWords().shell.noBase;
  return (
    <Paper withBorder p="lg" maw={520} mx="auto" mt="10vh">
      <Stack>
        <Title order={1}>{words.title}</Title>
        {may(me, "admin") && me.only === null ? (
          <>
            <Text>{words.make}</Text>
            <NewBaseForm />
          </>
        ) : (
          <Text>{words.others}</Text>
        )}
      </Stack>
    </Paper>
  );
}

/** Makes a knowledge base and opens it. */
export function NewBaseForm({ made }: { made?: () => void }) {
  const words = useWords().shell.noBase;
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const making = useMutation({
    mutationFn: () => request<BaseSummary>("/api/knowledge-bases", { method: "POST", body: { name: name.trim() } }),
    onSuccess: async (base) => {
      await queries.invalidateQueries({ queryKey: ["bases"] });
      made?.();
      await navigate(`/kb/${encodeURIComponent(base.name)}/ask`);
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() !== "") making.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={words.name}
          value={name}
          maxLength={64}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {making.error && (
          <Alert color="red" variant="outline" role="alert">
            {sentenceOf(making.error)}
          </Alert>
        )}
        <Button type="submit" loading={making.isPending} disabled={name.trim() === ""}>
          {words.create}
        </Button>
      </Stack>
    </form>
  );
}
