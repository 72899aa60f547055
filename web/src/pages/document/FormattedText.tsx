import { useEffect, useMemo, useRef } from "react";

import { SafeMarkdown } from "../../shared/SafeMarkdown";
import { marking } from "./marking";

interface Given {
  readonly text: string;
  /** UTF-16 units of what is marked; nothing where they are equal. */
  readonly start: number;
  readonly end: number;
}

/** A document's text as Markdown, the passage marked and in sight. */
export function FormattedText({ text, start, end }: Given) {
  const plugins = useMemo(() => (end > start ? [marking(start, end)] : []), [start, end]);
  const shown = useInSight<HTMLDivElement>(text, start, end);
  return (
    <div ref={shown}>
      <SafeMarkdown text={text} plugins={plugins} />
    </div>
  );
}

/** A document's text as it is, the passage marked and in sight. */
export function PlainText({ text, start, end }: Given) {
  const shown = useInSight<HTMLDivElement>(text, start, end);
  return (
    <div ref={shown} className="as-written">
      {text.slice(0, start)}
      {end > start && <mark>{text.slice(start, end)}</mark>}
      {text.slice(Math.max(start, end))}
    </div>
  );
}

function useInSight<E extends HTMLElement>(text: string, start: number, end: number) {
  const shown = useRef<E>(null);
  useEffect(() => {
    shown.current?.querySelector("mark, .marked")?.scrollIntoView({ block: "center" });
  }, [text, start, end]);
  return shown;
}
