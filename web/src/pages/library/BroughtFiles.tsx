import { Anchor, Badge, Button, Group, Paper, Progress, Stack, Switch, Text, Title } from "@mantine/core";
import { memo, useState } from "react";
import { Link } from "react-router";

import { useWords } from "../../language";
import { addressInLibrary } from "./address";
import { type Bringing, useBrought } from "./bringing";
import { type BroughtFile, type FileState, isDone } from "./uploads";

const SHOWN = 1_000; // files that a browser lists with ease

interface Given {
  readonly base: string;
  readonly bringing: Bringing;
}

/** The files that were brought in, and how far each is. */
export function BroughtFiles({ base, bringing }: Given) {
  const words = useWords().library.bring;
  const files = useBrought(bringing);
  const [narrow, setNarrow] = useState(false);
  if (files.length === 0) return null;
  const done = files.filter(isDone).length;
  const troubled = files.filter(isTroubled);
  const shown = (narrow ? troubled : files).toSorted((one, other) => rank(one) - rank(other));
  return (
    <Paper withBorder p="sm" component="section" aria-label={words.title}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Group gap="sm" align="baseline">
            <Title order={2} size="h3">
              {words.title}
            </Title>
            <Text size="sm" role="status">
              {words.progress(done, files.length)}
            </Text>
            {troubled.length > 0 && (
              <Text size="sm" c="dimmed">
                {words.troubled(troubled.length)}
              </Text>
            )}
          </Group>
          <Group gap="xs">
            {troubled.length > 0 && (
              <Switch
                size="xs"
                label={words.onlyTroubled}
                checked={narrow}
                onChange={(event) => setNarrow(event.currentTarget.checked)}
              />
            )}
            {files.some((each) => each.again) && (
              <Button size="xs" onClick={() => bringing.again()}>
                {words.again}
              </Button>
            )}
            <Button
              size="xs"
              variant="default"
              onClick={() => (done < files.length ? void bringing.cancel() : bringing.clear())}
            >
              {done < files.length ? words.stop : words.clear}
            </Button>
          </Group>
        </Group>
        {done < files.length && <Progress value={wholePart(files) * 100} aria-label={words.title} size="sm" />}
        <ul className="files" tabIndex={0} aria-label={words.region}>
          {shown.slice(0, SHOWN).map((each) => (
            <FileEntry key={each.id} base={base} file={each} />
          ))}
        </ul>
      </Stack>
    </Paper>
  );
}

const FileEntry = memo(function FileEntry({ base, file }: { base: string; file: BroughtFile }) {
  const words = useWords().library.bring;
  const said = file.sentence ?? (file.reason && words.reasons[file.reason]);
  const there = file.state === "added" || file.state === "changed" || file.state === "unchanged";
  return (
    <li>
      <Group gap="xs" wrap="nowrap" justify="space-between" align="flex-start">
        <Text size="sm" component="span" miw={0}>
          {there ? (
            <Anchor component={Link} to={addressInLibrary(base, file.name)} inherit>
              {file.name}
            </Anchor>
          ) : (
            file.name
          )}
        </Text>
        <Badge size="sm" variant="outline" c="inherit" color={COLOURS[file.state] ?? "gray"} style={{ flexShrink: 0 }}>
          {words.states[file.state]}
          {file.state === "uploading" && ` ${words.percent(Math.round((file.part ?? 0) * 100))}`}
        </Badge>
      </Group>
      {said && (
        <Text size="xs" c={file.state === "failed" ? "var(--mantine-color-error)" : "dimmed"}>
          {said}
        </Text>
      )}
      {file.warnings?.map((each) => (
        <Text key={each} size="xs" c="dimmed">
          {each}
        </Text>
      ))}
    </li>
  );
});

/** What wants to be seen first. */
const ORDER: readonly FileState[] = [
  "failed",
  "uploading",
  "reading",
  "sent",
  "waiting",
  "skipped",
  "cancelled",
  "added",
  "changed",
  "unchanged",
];

function rank({ state, part = 0 }: BroughtFile): number {
  return ORDER.indexOf(state) + (state === "uploading" && part === 1 ? 0.5 : 0); // one that has left waits for the others
}

const COLOURS: Partial<Record<FileState, string>> = {
  added: "green",
  changed: "green",
  failed: "red",
  skipped: "yellow",
  uploading: "teal",
  reading: "teal",
};

function isTroubled(file: BroughtFile): boolean {
  return file.state === "failed" || file.state === "skipped" || (file.warnings?.length ?? 0) > 0;
}

/** How much of all is done: half of a file is its way here, half its reading. */
function wholePart(files: readonly BroughtFile[]): number {
  const sum = files.reduce((before, each) => before + partOf(each), 0);
  return files.length === 0 ? 0 : sum / files.length;
}

function partOf(file: BroughtFile): number {
  if (isDone(file)) return 1;
  return file.state === "uploading" ? (file.part ?? 0) / 2 : file.state === "waiting" ? 0 : 0.5;
}
