import { Alert, Button, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";

import { sentenceOf } from "../../api/failure";
import { useBases } from "../../api/queries";
import { useDeleteBase } from "../../api/settings";
import { useWords } from "../../language";
import { say } from "../../shared/saying";
import { forget } from "../../shell/base";

/** The end of a knowledge base, for whoever types its name. */
export function DeleteBase({ base }: { base: string }) {
  const words = useWords().settings.deletion;
  const [asked, dialog] = useDisclosure(false);
  return (
    <Stack gap="xs" align="flex-start" component="section" aria-label={words.title}>
      <Title order={2}>{words.title}</Title>
      <Text size="sm" c="dimmed">{words.hint}</Text>
      <Button color="red" c="var(--mantine-color-error)" variant="outline" onClick={dialog.open}>{words.open}</Button>
      {asked && <DeleteDialog base={base} close={dialog.close} />}
    </Stack>
  );
}

function DeleteDialog({ base, close }: { base: string; close: () => void }) {
  const all = useWords();
  const words = all.settings.deletion;
  const [name, setName] = useState("");
  const documents = useBases().data?.find((each) => each.name === base)?.documents ?? null;
  const deleting = useDeleteBase(base);
  const queries = useQueryClient();
  const navigate = useNavigate();

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() !== base) return;
    deleting.mutate(undefined, {
      onSuccess: async () => {
        forget(base);
        await navigate("/");
        queries.removeQueries({ queryKey: ["base", base] });
        await queries.resetQueries({ queryKey: ["bases"] });
        say(words.done(base));
      },
    });
  }

  return (
    <Modal opened onClose={close} title={words.one(base)}>
      <Stack component="form" onSubmit={submit}>
        <Text>{words.ask(documents)}</Text>
        <TextInput label={words.type(base)} value={name} autoComplete="off" data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
        {deleting.error && <Alert color="red" variant="outline" role="alert">{sentenceOf(deleting.error)}</Alert>}
        <Button type="submit" color="red" c="var(--mantine-color-error)" variant="outline" loading={deleting.isPending} disabled={name.trim() !== base}>{words.now}</Button>
        <Button variant="subtle" onClick={close}>{all.shell.cancel}</Button>
      </Stack>
    </Modal>
  );
}
