import { ActionIcon, Alert, Group, NumberInput, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useState } from "react";

import { usePlaces } from "../../api/queries";
import type { PagePlaces } from "../../api/types";
import { useWords } from "../../language";
import { Waiting } from "../../shell/notices";
import { PdfPage } from "./PdfPage";
import { type PDFDocumentProxy, isLocked, openPdf } from "./pdf";
import type { Settled } from "./settled";

interface Given {
  readonly base: string;
  readonly document: string;
  readonly file: Blob;
  readonly passage: Settled;
}

/** The pages of a PDF, one at a time, the passage framed; it begins where the passage does. */
export default function PdfPages({ base, document, file, passage }: Given) {
  const words = useWords().document;
  const { pdf, error } = usePdf(file);
  const places = usePlaces(base, document, passage.from, passage.to);
  const [turned, setTurned] = useState<number | null>(null);
  useEffect(() => setTurned(null), [document, passage.from, passage.to]);
  if (error !== null)
    return (
      <Alert color="red" variant="outline" role="alert">
        {isLocked(error) ? words.locked : words.brokenFile}
      </Alert>
    );
  if (pdf === null || places.isLoading) return <Waiting />;

  const marked = places.data ?? [];
  const page = Math.min(turned ?? marked[0]?.page ?? 1, pdf.numPages);
  return (
    <Stack gap="xs">
      <PageTurner page={page} all={pdf.numPages} turn={setTurned} />
      <MarkedPages marked={marked} wanted={passage.to > passage.from} />
      <PdfPage pdf={pdf} number={page} places={marked.find((each) => each.page === page) ?? null} />
    </Stack>
  );
}

function PageTurner({ page, all, turn }: { page: number; all: number; turn: (page: number) => void }) {
  const words = useWords().document;
  return (
    <Group gap="xs" justify="center">
      <ActionIcon variant="default" aria-label={words.previous} disabled={page <= 1} onClick={() => turn(page - 1)}>
        <IconChevronLeft size={16} aria-hidden />
      </ActionIcon>
      <NumberInput
        size="xs"
        w={64}
        hideControls
        aria-label={words.goTo}
        min={1}
        max={all}
        clampBehavior="strict"
        allowDecimal={false}
        value={page}
        onChange={(value) => typeof value === "number" && value >= 1 && turn(value)}
      />
      <Text size="sm">{words.ofPages(all)}</Text>
      <ActionIcon variant="default" aria-label={words.next} disabled={page >= all} onClick={() => turn(page + 1)}>
        <IconChevronRight size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
}

function MarkedPages({ marked, wanted }: { marked: readonly PagePlaces[]; wanted: boolean }) {
  const words = useWords().document;
  if (!wanted) return null;
  const pages = marked.map((each) => each.page).join(words.comma);
  return (
    <Text size="xs" c="dimmed" role="status" ta="center">
      {marked.length === 0 ? words.unmarked : words.marked(pages)}
    </Text>
  );
}

/** The file as pdf.js reads it, closed again when it is no longer shown. */
function usePdf(file: Blob): { pdf: PDFDocumentProxy | null; error: unknown } {
  const [opened, setOpened] = useState<{ pdf: PDFDocumentProxy | null; error: unknown }>({ pdf: null, error: null });
  useEffect(() => {
    let left = false;
    setOpened({ pdf: null, error: null });
    const opening = openPdf(file);
    opening.then(
      async (task) => {
        try {
          const pdf = await task.promise;
          if (!left) setOpened({ pdf, error: null });
        } catch (error) {
          if (!left) setOpened({ pdf: null, error });
        }
      },
      (error: unknown) => !left && setOpened({ pdf: null, error }),
    );
    return () => {
      left = true;
      void opening.then((task) => task.destroy());
    };
  }, [file]);
  return opened;
}
