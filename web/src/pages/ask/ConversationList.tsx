import {
  ActionIcon,
  Button,
  Group,
  Menu,
  ScrollArea,
  Stack,
  Text,
  UnstyledButton,
} from "@mantine/core";
import { IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { Link } from "react-router";

import { useWords } from "../../language";
import type { Conversation } from "./conversations";

interface Given {
  readonly all: readonly Conversation[];
  readonly open: string;
  readonly addressOf: (id: string | null) => string;
  readonly rename: (conversation: Conversation) => void;
  readonly remove: (conversation: Conversation) => void;
}

/** What was asked before, in this browser. */
export function ConversationList({ all, open, addressOf, rename, remove }: Given) {
  const words = useWords();
  return (
    <Stack component="nav" aria-label={words.ask.conversations} gap="xs" h="100%" p="sm">
      <Button
        component={Link}
        to={addressOf(null)}
        variant="default"
        size="sm"
        justify="flex-start"
        leftSection={<IconPlus size={16} aria-hidden />}
      >
        {words.ask.fresh}
      </Button>
      {all.length === 0 && (
        <Text size="sm" c="dimmed" px="xs">
          {words.ask.none}
        </Text>
      )}
      <ScrollArea flex={1} type="auto" viewportProps={{ tabIndex: -1 }}>
        <Stack component="ul" gap={2} p={0} m={0} style={{ listStyle: "none" }}>
          {all.map((each) => (
            <ConversationEntry
              key={each.id}
              conversation={each}
              open={each.id === open}
              address={addressOf(each.id)}
              rename={() => rename(each)}
              remove={() => remove(each)}
            />
          ))}
        </Stack>
      </ScrollArea>
    </Stack>
  );
}

interface EntryGiven {
  readonly conversation: Conversation;
  readonly open: boolean;
  readonly address: string;
  readonly rename: () => void;
  readonly remove: () => void;
}

function ConversationEntry({ conversation, open, address, rename, remove }: EntryGiven) {
  const words = useWords().ask;
  return (
    <Group component="li" gap={0} wrap="nowrap" className="conversation" data-open={open}>
      <UnstyledButton
        component={Link}
        to={address}
        aria-current={open ? "page" : undefined}
        px="xs"
        py={6}
        miw={0}
        flex={1}
      >
        <Text size="sm" truncate="end">
          {conversation.name}
        </Text>
      </UnstyledButton>
      <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" c="inherit" aria-label={words.more(conversation.name)}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={rename}>
            {words.rename}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={14} aria-hidden />} onClick={remove}>
            {words.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
