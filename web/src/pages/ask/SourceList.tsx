import { Paper, Stack, Text } from "@mantine/core";

import type { Citation } from "../../api/types";
import { useWords } from "../../language";
import { stretch } from "../../shared/points";
import { fileName, whereabouts } from "../../shared/places";
import { SpotLink } from "./SpotLink";

/** What an answer rests on, with the words that were quoted. */
export function SourceList({ citations }: { citations: readonly Citation[] }) {
  const words = useWords();
  if (citations.length === 0) return null;
  return (
    <section aria-label={words.ask.sources}>
      <Text size="sm" fw={600} mb={4}>
        {words.ask.sources}
      </Text>
      <Stack gap={6} component="ol" p={0} m={0} style={{ listStyle: "none" }}>
        {citations.map((citation) => (
          <li key={citation.n}>
            <SourceCard citation={citation} />
          </li>
        ))}
      </Stack>
    </section>
  );
}

function SourceCard({ citation }: { citation: Citation }) {
  const words = useWords();
  const standing = [
    citation.heading.replaceAll(" > ", " › "),
    whereabouts(words, citation),
    citation.corrected ? words.document.corrected : "",
  ];
  return (
    <Paper withBorder px="sm" py={6}>
      <SpotLink spot={citation} quote={citation.quote} className="source">
        <span className="citation" aria-hidden>
          {citation.n}
        </span>
        <span>{fileName(citation.document)}</span>
      </SpotLink>
      <Text size="xs" c="dimmed">
        {standing.filter(Boolean).join(" · ")}
      </Text>
      <Text size="sm" mt={2} lineClamp={3} style={{ whiteSpace: "pre-wrap" }}>
        <Quote citation={citation} />
      </Text>
    </Paper>
  );
}

/** The quote, with the words that answer marked where they are known. */
function Quote({ citation: { quote, answer } }: { citation: Citation }) {
  if (answer === null) return quote;
  const [from, to] = answer;
  return (
    <>
      {stretch(quote, 0, from)}
      <mark>{stretch(quote, from, to)}</mark>
      {stretch(quote, to, Number.MAX_SAFE_INTEGER)}
    </>
  );
}
