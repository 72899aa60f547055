import { Alert, Badge, Box, Group, List, Stack, Tabs, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useState } from "react";

import { useDocument, useOriginal, usePassages } from "../../api/queries";
import type { Passage, WholeDocument } from "../../api/types";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import type { Spot } from "../../shared/places";
import { OriginalTab, isGone } from "./OriginalTab";
import { PassagesTab } from "./PassagesTab";
import { TextTab } from "./TextTab";
import { type Settled, settled } from "./settled";

export type View = "text" | "original" | "passages";

interface Given {
  readonly base: string;
  readonly spot: Spot;
  /** What stood at the spot when an answer quoted it. */
  readonly quote: string | null;
  /** What was chosen; else a PDF is shown as its pages, anything else as its text. */
  readonly view: View | null;
  readonly choose: (view: View, spot: Spot) => void;
  /** Of its title: 1 on a page of its own. */
  readonly level: 1 | 2;
  /** Buttons beside the title. */
  readonly tools: ReactNode;
  readonly actions?: (passage: Passage) => ReactNode;
}

/** A document with a passage of it marked: its text, its file, and the passages it was cut into. */
export function DocumentView(given: Given) {
  const document = useDocument(given.base, given.spot.document);
  if (document.error) {
    return (
      <>
        <Group justify="flex-end" p="sm">
          {given.tools}
        </Group>
        <FailureNotice error={document.error} again={() => void document.refetch()} />
      </>
    );
  }
  if (!document.data) return <Waiting />;
  return <Shown {...given} document={document.data} />;
}

function Shown({
  base,
  spot,
  quote,
  view,
  choose,
  level,
  tools,
  actions,
  document,
}: Given & { document: WholeDocument }) {
  const words = useWords().document;
  const isPdf = document.type === "pdf";
  const file = useOriginal(base, document.id, isPdf && view === null); // whether its pages can be shown at once
  const shown = view ?? (isPdf && !isGone(file.error) ? "original" : "text");
  const passage = useMemo(
    () => settled(document.text, spot.start, spot.end, quote),
    [document, spot.start, spot.end, quote],
  );
  return (
    <Stack gap={0} h="100%">
      <Box px="md" pt="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
          <Box miw={0}>
            <Title order={level} size="h2" lineClamp={2}>
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
          <Group gap={4} wrap="nowrap">
            {tools}
          </Group>
        </Group>
        <WhatWasLost document={document} />
        <WhatHasChanged passage={passage} />
        <WhatPeopleMade base={base} document={document.id} passage={passage} />
      </Box>
      <Tabs
        value={shown}
        onChange={(chosen) => chosen && choose(chosen as View, spot)}
        keepMounted={false}
        style={{ flex: 1, minHeight: 0, display: "flex", flexDirection: "column" }}
        mt="xs"
      >
        <Tabs.List px="md">
          <Tabs.Tab value="text">{words.text}</Tabs.Tab>
          <Tabs.Tab value="original">{words.original}</Tabs.Tab>
          <Tabs.Tab value="passages">{words.passages}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel
          value={shown}
          p="md"
          style={{ overflowY: "auto", overflowAnchor: "none", flex: 1 }}
          tabIndex={0}
          data-scrolls
        >
          {shown === "text" && <TextTab key={document.id} document={document} passage={passage} />}
          {shown === "original" && <OriginalTab base={base} document={document} passage={passage} />}
          {shown === "passages" && (
            <PassagesTab
              base={base}
              document={document.id}
              passage={passage}
              open={({ start, end }) => choose("text", { document: document.id, start, end })}
              actions={actions}
            />
          )}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** Where the document no longer says what an answer quoted, or says it elsewhere. */
function WhatHasChanged({ passage }: { passage: Settled }) {
  const words = useWords().document;
  if (passage.state === "as asked") return null;
  return (
    <Alert color="yellow" variant="outline" role="status" p="xs" mt="xs">
      {words[passage.state]}
    </Alert>
  );
}

/** What people wrote in the place of the marked text, which is what answers quote. */
function WhatPeopleMade({ base, document, passage }: { base: string; document: string; passage: Settled }) {
  const words = useWords().document;
  const passages = usePassages(base, document, passage.to > passage.from).data ?? [];
  const here = passages.filter((each) => each.start < passage.to && each.end > passage.from);
  const made = here.filter((each) => each.disabled || typeof each.original === "string");
  return made.map((each) => (
    <Alert key={each.chunk} color="blue" variant="outline" role="status" p="xs" mt="xs">
      {each.disabled ? words.disabledHere : words.correctedHere}
      {!each.disabled && (
        <Text size="sm" mt={4} lineClamp={6} style={{ whiteSpace: "pre-wrap" }}>
          {each.text}
        </Text>
      )}
    </Alert>
  ));
}

function WhatWasLost({ document }: { document: WholeDocument }) {
  const words = useWords().document;
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [document.id]);
  if (document.warnings.length === 0) return null;
  return (
    <Alert color="yellow" variant="outline" p="xs" mt="xs">
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary style={{ cursor: "pointer" }}>{words.lost(document.warnings.length)}</summary>
        <List size="sm" mt={4}>
          {document.warnings.map((warning) => (
            <List.Item key={warning}>{warning}</List.Item>
          ))}
        </List>
      </details>
    </Alert>
  );
}
