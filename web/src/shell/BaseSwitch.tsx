import { Box, Button, Menu, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCheck, IconChevronDown, IconPlus } from "@tabler/icons-react";
import { matchPath, useLocation, useNavigate } from "react-router";

import type { BaseSummary, Me } from "../api/types";
import { useWords } from "../language";
import { PAGES, addressOf, may } from "../routes";
import { FormWindow } from "../shared/FormWindow";
import { NewBaseForm } from "./NewBase";

/** Which knowledge base the page is about. Another one opens the same page of it. */
export function BaseSwitch({ me, bases, chosen }: { me: Me; bases: readonly BaseSummary[]; chosen: string | null }) {
  const words = useWords().shell;
  const [making, dialog] = useDisclosure(false);
  const { pathname } = useLocation();
  const navigate = useNavigate();
  if (chosen === null) return null;

  function open(name: string): void {
    const page = PAGES.find((each) => each.path.includes(":base") && each.icon !== undefined && matchPath({ path: each.path }, pathname)) ?? PAGES[0];
    const address = page && addressOf(page, name);
    if (address) void navigate(address);
  }

  return (
    <>
      <Menu position="bottom-start" width={260} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            variant="default"
            size="xs"
            aria-label={`${words.base}: ${chosen}`}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            maw={{ base: 120, sm: 260 }}
          >
            {chosen}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {/* What scrolls can be reached by the keyboard, and says what it is. */}
          <Box role="group" aria-label={words.base} tabIndex={0} mah="70vh" style={{ overflowY: "auto" }}>
            <Menu.Label>{words.base}</Menu.Label>
            {bases.map((base) => (
              <Menu.Item
                key={base.name}
                onClick={() => open(base.name)}
                leftSection={
                  <IconCheck size={14} aria-hidden style={{ visibility: base.name === chosen ? "visible" : "hidden" }} />
                }
                aria-current={base.name === chosen}
              >
                {base.name}
                <Text size="xs" c={base.error ? "red.9" : "dimmed"}>
                  {base.error ? base.error.message : words.noBase.size(base.documents ?? 0)}
                </Text>
              </Menu.Item>
            ))}
            {may(me, "admin") && me.only === null && (
              <>
                <Menu.Divider />
                <Menu.Item leftSection={<IconPlus size={14} aria-hidden />} onClick={dialog.open}>
                  {words.noBase.add}
                </Menu.Item>
              </>
            )}
          </Box>
        </Menu.Dropdown>
      </Menu>
      <FormWindow opened={making} close={dialog.close} title={words.noBase.add}>
        <NewBaseForm made={dialog.close} />
      </FormWindow>
    </>
  );
}
