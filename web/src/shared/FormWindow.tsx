import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useEffect, useState } from "react";

import { useWords } from "../language";

interface Given {
  readonly opened: boolean;
  readonly close: () => void;
  readonly title: string;
  readonly size?: string;
  readonly children: ReactNode;
}

/** A window with a form. It asks before something that was written in it is lost to a key or to a click beside it. */
export function FormWindow({ opened, close, title, size, children }: Given) {
  const words = useWords().shell.discard;
  const [written, setWritten] = useState(false);
  const [asking, { open: ask, close: stay }] = useDisclosure(false);
  useEffect(() => {
    if (opened) return;
    setWritten(false);
    stay();
  }, [opened, stay]);
  return (
    <Modal.Stack>
      <Modal stackId="form" opened={opened} onClose={written ? ask : close} title={title} size={size}>
        <div onChange={() => setWritten(true)}>{children}</div>
      </Modal>
      <Modal stackId="asking" opened={opened && asking} onClose={stay} title={words.title}>
        <Text mb="md">{words.text}</Text>
        <Group justify="flex-end">
          <Button data-autofocus onClick={stay}>{words.stay}</Button>
          <Button variant="default" onClick={close}>{words.drop}</Button>
        </Group>
      </Modal>
    </Modal.Stack>
  );
}
