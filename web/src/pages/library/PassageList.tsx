import { Alert, Anchor, SegmentedControl, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";

import { useCorrections } from "../../api/library";
import { usePassages } from "../../api/queries";
import type { Passage } from "../../api/types";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import { addressOfLibrary } from "./address";
import { EditablePassage } from "./EditablePassage";

interface Given {
  readonly base: string;
  readonly document: string;
  readonly marked: { readonly start: number; readonly end: number };
  /** The passage that the address names. */
  readonly wanted: string | null;
  readonly mayChange: boolean;
  readonly show: (passage: Passage) => void;
}

/** The passages of a document, each with what can be done about it. */
export function PassageList({ base, document, marked, wanted, mayChange, show }: Given) {
  const words = useWords();
  const [narrow, setNarrow] = useState(false);
  const passages = usePassages(base, document);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (wanted !== null) list.current?.querySelector("[data-marked=true]")?.scrollIntoView({ block: "center" });
  }, [wanted, passages.data === undefined]);
  const made = passages.data?.filter(isMade).length ?? 0;
  if (passages.error) return <FailureNotice error={passages.error} again={() => void passages.refetch()} />;
  if (!passages.data) return <Waiting />;
  const numbers = new Map(passages.data.map((each) => [each.chunk, each.ordinal + 1]));
  const shown = narrow && made > 0 ? passages.data.filter(isMade) : passages.data;
  return (
    <Stack gap="sm" ref={list}>
      <OrphanNote base={base} document={document} />
      {made > 0 && (
        <SegmentedControl
          size="xs"
          style={{ alignSelf: "flex-start" }}
          value={narrow ? "made" : "all"}
          onChange={(chosen) => setNarrow(chosen === "made")}
          aria-label={words.library.desk.passages}
          data={[
            { value: "all", label: words.library.desk.all },
            { value: "made", label: words.library.desk.onlyMade },
          ]}
        />
      )}
      {passages.data.length === 0 && <Text c="dimmed">{words.document.noPassages}</Text>}
      {shown.map((each) => (
        <EditablePassage
          key={each.chunk}
          base={base}
          document={document}
          passage={each}
          marked={
            marked.end > marked.start ? each.start === marked.start && each.end === marked.end : each.chunk === wanted
          }
          mayChange={mayChange}
          show={() => show(each)}
          numberOf={(chunk) => numbers.get(chunk)}
        />
      ))}
    </Stack>
  );
}

function OrphanNote({ base, document }: { base: string; document: string }) {
  const words = useWords().library;
  const corrections = useCorrections(base).data ?? [];
  const orphans = corrections.filter((each) => each.document === document && each.state === "orphaned").length;
  if (orphans === 0) return null;
  return (
    <Alert color="yellow" variant="outline" p="xs">
      <Anchor component={Link} to={`${addressOfLibrary(base)}?tab=corrections`} c="inherit" td="underline">
        {words.desk.orphans(orphans)}
      </Anchor>
    </Alert>
  );
}

function isMade(passage: Passage): boolean {
  return passage.disabled === true || (passage.corrected ?? null) !== null;
}
