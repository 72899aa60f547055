import { Box, Button, NavLink as Entry, Stack, Text } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { NavLink } from "react-router";

import { signOut, useSession } from "../api/session";
import { queries } from "../api/cache";
import type { Me } from "../api/types";
import { useWords } from "../language";
import { PAGES, addressOf, isOpenTo } from "../routes";

interface Given {
  readonly me: Me;
  readonly base: string | null;
  /** Called where a page is chosen, also one that is open already, or that somebody does not want to leave after all. */
  readonly left: () => void;
}

/** The pages that the caller may open. */
export function Navigation({ me, base, left }: Given) {
  const words = useWords().shell;
  const { key } = useSession();
  return (
    <Stack justify="space-between" h="100%" gap="md">
      <Box style={{ overflowY: "auto" }}>
        {PAGES.map((page) => {
          const to = addressOf(page, base);
          if (page.icon === undefined || to === null || !isOpenTo(page, me)) return null;
          return (
            <NavLink key={page.name} to={to} onClick={left} style={{ textDecoration: "none", color: "inherit" }}>
              {({ isActive }) => (
                <Entry
                  component="span"
                  active={isActive}
                  label={words.pages[page.name]}
                  leftSection={page.icon && <page.icon size={18} stroke={1.6} aria-hidden />}
                  style={{ borderRadius: 8 }}
                />
              )}
            </NavLink>
          );
        })}
      </Box>
      <Stack gap={4} px="xs">
        {key !== null && (
          <Button
            variant="subtle"
            size="xs"
            justify="flex-start"
            leftSection={<IconLogout size={16} aria-hidden />}
            onClick={() => {
              signOut();
              queries.clear();
            }}
          >
            {me.name ? `${words.forget} (${me.name})` : words.forget}
          </Button>
        )}
        <Text size="xs" c="dimmed">
          {words.version(me.version)}
        </Text>
      </Stack>
    </Stack>
  );
}
