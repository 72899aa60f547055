import { Tooltip } from "@mantine/core";

import type { Citation } from "../../api/types";
import { useWords } from "../../language";
import { fileName } from "../../shared/places";
import { SpotLink } from "./SpotLink";

/** The number of a source within an answer. */
export function CitationMark({ citation }: { citation: Citation }) {
  const words = useWords().ask;
  return (
    <Tooltip
      label={citation.quote}
      multiline
      maw={360}
      openDelay={300}
      styles={{ tooltip: { whiteSpace: "pre-wrap" } }}
    >
      <SpotLink
        className="citation"
        spot={citation}
        quote={citation.quote}
        aria-label={words.source(citation.n, fileName(citation.document))}
      >
        {citation.n}
      </SpotLink>
    </Tooltip>
  );
}
