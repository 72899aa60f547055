import { ActionIcon, Anchor, Badge, Box, Button, Group, Tabs, Text, Title, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowLeft, IconBook, IconTrash } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { useDocument } from "../../api/queries";
import type { WholeDocument } from "../../api/types";
import { useWords } from "../../language";
import { addressOfSpot, fileName } from "../../shared/places";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useTitle } from "../../shell/title";
import { settled } from "../document/settled";
import { TextTab } from "../document/TextTab";
import { addressOfLibrary } from "./address";
import { FieldsForm } from "./FieldsForm";
import "./library.css";
import { PassageList } from "./PassageList";
import { removeSoon } from "./removing";
import { WarningNote } from "./WarningNote";

interface Given {
  readonly base: string;
  readonly document: string;
  readonly mayChange: boolean;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A document beside the passages that it was cut into, which can be corrected here, and its fields. */
export function DocumentDesk({ base, document, mayChange }: Given) {
  const found = useDocument(base, document);
  useTitle(fileName(document));
  if (found.error) return <NoSuchDocument base={base} error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting />;
  return <Desk base={base} document={found.data} mayChange={mayChange} />;
}

function NoSuchDocument({ base, error, again }: { base: string; error: unknown; again: () => void }) {
  const words = useWords().library.desk;
  return (
    <>
      <FailureNotice error={error} again={again} />
      <Anchor component={Link} to={addressOfLibrary(base)} mx="md">
        {words.back}
      </Anchor>
    </>
  );
}

function Desk({ base, document, mayChange }: { base: string; document: WholeDocument; mayChange: boolean }) {
  const words = useWords().library.desk;
  const wide = useMediaQuery("(min-width: 64em)", true, { getInitialValueInEffect: false });
  const [stretch, setStretch] = useState<Stretch>({ start: 0, end: 0 });
  const [search, setSearch] = useSearchParams();
  const view = search.get("view") ?? (wide ? "passages" : "text");
  const shown = wide && view === "text" ? "passages" : view;
  const show = (to: string) => setSearch({ view: to }, { replace: true });
  const passage = useMemo(() => settled(document.text, stretch.start, stretch.end, null), [document.text, stretch]);
  const text = <TextTab document={document} passage={passage} />;

  return (
    <div className="desk">
      <DeskHead base={base} document={document} mayChange={mayChange} />
      <div className="sides" style={wide ? undefined : { gridTemplateColumns: "minmax(0, 1fr)" }}>
        {wide && (
          <section className="side" aria-label={words.text} tabIndex={0}>
            {text}
          </section>
        )}
        <section className="side" aria-label={words.views} tabIndex={0}>
          <Tabs value={shown} onChange={(to) => to && show(to)} keepMounted={false}>
            <Tabs.List mb="md">
              {!wide && <Tabs.Tab value="text">{words.text}</Tabs.Tab>}
              <Tabs.Tab value="passages">{words.passages}</Tabs.Tab>
              <Tabs.Tab value="fields">{words.fields}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="text">{text}</Tabs.Panel>
            <Tabs.Panel value="passages">
              <PassageList
                base={base}
                document={document.id}
                marked={stretch}
                wanted={search.get("passage")}
                mayChange={mayChange}
                show={(to) => {
                  setStretch({ start: to.start, end: to.end });
                  if (!wide) show("text");
                }}
              />
            </Tabs.Panel>
            <Tabs.Panel value="fields">
              <FieldsForm base={base} document={document} mayChange={mayChange} />
            </Tabs.Panel>
          </Tabs>
        </section>
      </div>
    </div>
  );
}

function DeskHead({ base, document, mayChange }: { base: string; document: WholeDocument; mayChange: boolean }) {
  const words = useWords().library.desk;
  const navigate = useNavigate();
  const folder = document.id.slice(0, document.id.lastIndexOf("/") + 1);
  return (
    <Box px="md" py="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <Group gap="xs" wrap="nowrap" align="flex-start" miw={0}>
          <Tooltip label={words.back}>
            <ActionIcon
              component={Link}
              to={addressOfLibrary(base, folder)}
              variant="subtle"
              c="inherit"
              aria-label={words.back}
            >
              <IconArrowLeft size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Box miw={0}>
            <Title order={1} size="h2" lineClamp={2}>
              {document.title}
            </Title>
            <Group gap="xs">
              <Badge size="sm" variant="outline" c="inherit">
                {document.type}
              </Badge>
              <Text size="xs" c="dimmed">
                {document.id}
              </Text>
            </Group>
          </Box>
        </Group>
        <Group gap={4} wrap="nowrap">
          <Button
            component={Link}
            to={addressOfSpot(base, { document: document.id, start: 0, end: 0 })}
            size="xs"
            variant="default"
            visibleFrom="sm"
            leftSection={<IconBook size={14} aria-hidden />}
          >
            {words.read}
          </Button>
          {mayChange && (
            <Tooltip label={words.remove}>
              <ActionIcon
                variant="subtle"
                c="inherit"
                aria-label={words.remove}
                onClick={() => {
                  removeSoon(base, [document.id]);
                  void navigate(addressOfLibrary(base, folder));
                }}
              >
                <IconTrash size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      </Group>
      <WarningNote warnings={document.warnings} />
    </Box>
  );
}
