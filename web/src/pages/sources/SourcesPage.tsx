import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";

import { useMe } from "../../api/queries";
import { useSources } from "../../api/sources";
import { useWords } from "../../language";
import { FormWindow } from "../../shared/FormWindow";
import { useBase } from "../../shell/base";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useTitle } from "../../shell/title";
import { NewSourceForm } from "./NewSourceForm";
import { SourceCard } from "./SourceCard";

/** What the knowledge base is kept in step with. */
export default function SourcesPage() {
  const base = useBase();
  const words = useWords();
  const owner = useMe().data?.owner ?? false;
  const sources = useSources(base);
  const [adding, dialog] = useDisclosure(false);
  useTitle(words.sources.title);
  return (
    <Stack maw={900} mx="auto" p="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Title order={1}>{words.sources.title}</Title>
          <Text c="dimmed" size="sm">
            {words.sources.hint}
          </Text>
        </div>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
          {words.sources.add}
        </Button>
      </Group>
      {sources.error && <FailureNotice error={sources.error} again={() => void sources.refetch()} />}
      {!sources.data && !sources.error && <Waiting />}
      {sources.data?.length === 0 && <Text>{words.sources.none}</Text>}
      {sources.data?.map((source) => (
        <SourceCard key={source.name} base={base} source={source} />
      ))}
      <FormWindow opened={adding} close={dialog.close} title={words.sources.add} size="lg">
        <NewSourceForm base={base} owner={owner} done={dialog.close} />
      </FormWindow>
    </Stack>
  );
}
