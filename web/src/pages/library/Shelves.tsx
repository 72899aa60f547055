import { Group, Stack, Tabs, Text, Title } from "@mantine/core";
import { useSearchParams } from "react-router";

import { useCorrections, useJobs, useLibrary } from "../../api/library";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useTitle } from "../../shell/title";
import { AddButtons } from "./AddButtons";
import { BroughtFiles } from "./BroughtFiles";
import { bringingOf } from "./bringing";
import { CorrectionList } from "./CorrectionList";
import { DocumentList } from "./DocumentList";
import { DropPlace } from "./DropPlace";
import { placeIn } from "./folders";
import { JobList } from "./JobList";
import { useLosses } from "./losses";
import { LossList } from "./LossList";
import { useRemoved } from "./removing";
import { SyncButton } from "./SyncButton";

interface Given {
  readonly tenant: string;
  readonly base: string;
  readonly mayChange: boolean;
}

const TABS = ["documents", "notes", "corrections", "jobs"];

/** The documents there are, where more are brought in, and what was lost on the way. */
export function Shelves({ tenant, base, mayChange }: Given) {
  const words = useWords().library;
  const [search, setSearch] = useSearchParams();
  const folder = search.get("folder") ?? "";
  const asked = search.get("tab") ?? "";
  const tab = TABS.includes(asked) ? asked : "documents";
  const library = useLibrary(base);
  const removed = useRemoved(base);
  const jobs = useJobs(base, mayChange);
  const losses = useLosses(jobs.data ?? []);
  const corrections = useCorrections(base);
  const bringing = bringingOf(tenant, base);
  useTitle(words.title);

  if (library.error) return <FailureNotice error={library.error} again={() => void library.refetch()} />;
  if (!library.data) return <Waiting />;
  const documents = library.data.filter((each) => !removed.has(each.id));
  const place = placeIn(folder);
  return (
    <DropPlace enabled={mayChange} place={place} take={(found) => void bringing.bring(found, place)}>
      <Stack maw={1200} mx="auto" p="md" gap="md">
        <Group justify="space-between" gap="sm">
          <Group gap="sm" align="baseline">
            <Title order={1}>{words.title}</Title>
            <Text c="dimmed" size="sm">
              {words.count(documents.length)}
            </Text>
          </Group>
          {mayChange && (
            <Group gap="xs">
              <AddButtons take={(found) => void bringing.bring(found, place)} />
              <SyncButton base={base} />
            </Group>
          )}
        </Group>
        {mayChange && (
          <Text size="sm" c="dimmed" visibleFrom="sm" mt={-8}>
            {words.bring.hint}
          </Text>
        )}
        <BroughtFiles base={base} bringing={bringing} />
        <Tabs
          value={tab}
          onChange={(chosen) => setSearch(chosen === "documents" ? {} : { tab: chosen ?? "" })}
          keepMounted={false}
        >
          <Tabs.List mb="md">
            <Tabs.Tab value="documents">{words.tabs.documents}</Tabs.Tab>
            {mayChange && <Tabs.Tab value="notes">{counted(words.tabs.notes, losses.length)}</Tabs.Tab>}
            <Tabs.Tab value="corrections">{counted(words.tabs.corrections, corrections.data?.length ?? 0)}</Tabs.Tab>
            {mayChange && <Tabs.Tab value="jobs">{words.tabs.jobs}</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="documents">
            <DocumentList base={base} documents={documents} folder={folder} mayChange={mayChange} />
          </Tabs.Panel>
          <Tabs.Panel value="notes">
            <LossList base={base} losses={losses} />
          </Tabs.Panel>
          <Tabs.Panel value="corrections">
            <CorrectionList base={base} mayChange={mayChange} />
          </Tabs.Panel>
          <Tabs.Panel value="jobs">
            <JobList base={base} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </DropPlace>
  );
}

function counted(name: string, n: number): string {
  return n === 0 ? name : `${name} (${n})`;
}
