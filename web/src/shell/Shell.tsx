import { AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect, useRef } from "react";
import { Link, Outlet, useLocation, useParams } from "react-router";

import { useBases, useMe } from "../api/queries";
import { useSession } from "../api/session";
import { useWords } from "../language";
import { chosenBase, remember } from "./base";
import { BaseSwitch } from "./BaseSwitch";
import { ColourSwitch } from "./ColourSwitch";
import { LanguageSwitch } from "./LanguageSwitch";
import { Navigation } from "./Navigation";
import { HEADER } from "./sizes";
import { SignIn } from "./SignIn";
import { UnknownBase } from "./UnknownBase";
import { FailureNotice, Waiting } from "./notices";

/** What stands around every page. */
export function Shell() {
  const words = useWords().shell;
  const [open, menu] = useDisclosure(false);
  const { base } = useParams();
  const session = useSession();
  const me = useMe().data;
  const bases = useBases().data;
  const chosen = chosenBase(
    base,
    bases?.map((each) => each.name),
  );
  useNewPage(menu.close);
  const known = base !== undefined && bases?.some((each) => each.name === base);
  useEffect(() => {
    if (known) remember(base);
  }, [base, known]);

  const asked = session.wanted !== "no";
  return (
    <AppShell
      header={{ height: HEADER }}
      navbar={{ width: 210, breakpoint: "sm", collapsed: { mobile: !open, desktop: asked } }}
      padding={0}
    >
      <a className="skip-link" href="#content">
        {words.skip}
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            {!asked && (
              <Burger
                opened={open}
                onClick={menu.toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={words.menu}
                aria-expanded={open}
              />
            )}
            <Text component={Link} to="/" fw={700} size="lg" c="inherit" td="none" style={{ whiteSpace: "nowrap" }}>
              {words.name}
            </Text>
            {!asked && me && bases && <BaseSwitch me={me} bases={bases} chosen={chosen} />}
          </Group>
          <Group gap={4} wrap="nowrap">
            <LanguageSwitch />
            <ColourSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      {!asked && (
        <AppShell.Navbar p="xs" aria-label={words.navigation}>
          {me && <Navigation me={me} base={chosen} left={menu.close} />}
        </AppShell.Navbar>
      )}
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: "none" }}>
        {asked ? <SignIn /> : <Content base={base} />}
      </AppShell.Main>
    </AppShell>
  );
}

/** Closes the menu of a phone, and puts the reader of a screen at the beginning, where another page is opened. */
function useNewPage(closed: () => void): void {
  const page = useLocation().pathname.split("/").slice(0, 4).join("/");
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    closed();
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [page, closed]);
}

/** The page, as soon as it is known who calls; a list of knowledge bases may take longer, and is not waited for. */
function Content({ base }: { base: string | undefined }) {
  const me = useMe();
  const bases = useBases();
  const failed = me.error ?? bases.error;
  if (failed) return <FailureNotice error={failed} again={() => void Promise.all([me.refetch(), bases.refetch()])} />;
  if (!me.data) return <Waiting />;
  const known = base === undefined || bases.data === undefined || bases.data.some((each) => each.name === base);
  if (!known) return <UnknownBase name={base} />;
  return (
    <Suspense fallback={<Waiting />}>
      <Outlet />
    </Suspense>
  );
}
