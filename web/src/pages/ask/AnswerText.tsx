import { useMemo } from "react";

import type { Citation } from "../../api/types";
import { SafeMarkdown } from "../../shared/SafeMarkdown";
import { CitationMark } from "./CitationMark";
import { citing } from "./citing";

/** An answer as Markdown, its numbers leading to the passages. */
export function AnswerText({ text, citations }: { text: string; citations: readonly Citation[] }) {
  const plugins = useMemo(() => [citing(new Set(citations.map((each) => each.n)))], [citations]);
  const components = useMemo(
    () => ({
      cite: ({ children }: { children?: React.ReactNode }) => {
        const citation = citations.find((each) => String(each.n) === String(children));
        return citation ? <CitationMark citation={citation} /> : <>{children}</>;
      },
    }),
    [citations],
  );
  return <SafeMarkdown text={text} plugins={plugins} components={components} />;
}
