import { Alert, Box, Button, Group, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";

import { request } from "../api/client";
import { sentenceOf } from "../api/failure";
import type { BaseSummary, Me } from "../api/types";
import { useWords } from "../language";
import { AddButtons } from "../pages/library/AddButtons";
import { bringingOf } from "../pages/library/bringing";
import { DropPlace } from "../pages/library/DropPlace";
import type { Found } from "../pages/library/gathering";
import { may } from "../routes";
import { baseNamed } from "./base";

/** Instead of a page where there is no knowledge base: makes the first one, of a folder that is dropped or chosen. */
export function NewBase({ me }: { me: Me }) {
  const words = useWords().shell.noBase;
  const [found, setFound] = useState<readonly Found[]>([]);
  const able = may(me, "admin") && me.only === null;
  return (
    <DropPlace enabled={able} place="" take={setFound}>
      <Box pt="10vh" px="md">
        <Paper withBorder p="lg" maw={520} mx="auto">
          <Stack>
            <Title order={1}>{words.title}</Title>
            {able ? (
              <>
                <Text>{words.make}</Text>
                <Text>{words.bring}</Text>
                <Group gap="xs">
                  <AddButtons take={setFound} />
                </Group>
                {found.length > 0 && <Text role="status">{words.found(found.length)}</Text>}
                <NewBaseForm found={found} tenant={me.tenant} />
              </>
            ) : (
              <Text>{words.others}</Text>
            )}
          </Stack>
        </Paper>
      </Box>
    </DropPlace>
  );
}

interface FormGiven {
  readonly made?: () => void;
  /** What it is to hold from the first; a folder names it, until something else is typed. */
  readonly found?: readonly Found[];
  readonly tenant?: string;
}

/** Makes a knowledge base and opens it. */
export function NewBaseForm({ made, found = [], tenant = "" }: FormGiven) {
  const words = useWords().shell.noBase;
  const [typed, setName] = useState<string | null>(null);
  const name = typed ?? baseNamed(found[0]?.name ?? "");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const making = useMutation({
    mutationFn: () => request<BaseSummary>("/api/knowledge-bases", { method: "POST", body: { name: name.trim() } }),
    onSuccess: async (base) => {
      if (found.length > 0) void bringingOf(tenant, base.name).bring(found, "");
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
