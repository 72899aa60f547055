import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { type MadeKey, useKeys } from "../../api/keys";
import { useSession } from "../../api/session";
import { useWords } from "../../language";
import { copyText } from "../../shared/copying";
import { FormWindow } from "../../shared/FormWindow";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useTitle } from "../../shell/title";
import { KeyList } from "./KeyList";
import { scriptOf } from "./making";
import { NewKeyForm } from "./NewKeyForm";
import { NewSecret } from "./NewSecret";

/** Who may call the server. */
export default function KeysPage() {
  const words = useWords();
  const keys = useKeys();
  const keyless = useSession().key === null; // who got here without one is the owner of a server that has none yet
  const [adding, dialog] = useDisclosure(false);
  const [made, setMade] = useState<MadeKey | null>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  useTitle(words.keys.title);
  const add = keyless ? words.keys.addFirst : words.keys.add;
  return (
    <Stack maw={900} mx="auto" p="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Title order={1}>{words.keys.title}</Title>
          <Text c="dimmed" size="sm">{words.keys.hint}</Text>
        </div>
        <Button leftSection={<IconPlus size={16} aria-hidden />} disabled={!keys.data} onClick={dialog.open}>{add}</Button>
      </Group>
      {keyless && keys.data && <Alert variant="outline" color="yellow">{words.keys.keyless}</Alert>}
      {keys.error && <FailureNotice error={keys.error} again={() => void keys.refetch()} />}
      {!keys.data && !keys.error && <Waiting />}
      {keys.data?.length === 0 && <Text>{words.keys.none}</Text>}
      {keys.data && <KeyList keys={keys.data} />}
      <FormWindow opened={adding} close={dialog.close} title={add} size="lg">
        <NewKeyForm
          first={keyless}
          made={(key) => {
            dialog.close();
            setMade(key);
            setCopied(null);
            if (key.only !== null) void copyText(scriptOf(key)).then(setCopied);
          }}
        />
      </FormWindow>
      {made && <NewSecret made={made} copied={copied} close={() => setMade(null)} />}
    </Stack>
  );
}
