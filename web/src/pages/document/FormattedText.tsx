import { type RefObject, memo, startTransition, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { SafeMarkdown } from "../../shared/SafeMarkdown";
import { marking } from "./marking";
import { type Piece, piecesOf } from "./pieces";

interface Given {
  readonly text: string;
  /** UTF-16 units of what is marked; nothing where they are equal. */
  readonly start: number;
  readonly end: number;
}

const PAUSE = 30; // milliseconds for the reader between two pieces
const GAP = 16; // pixels below a piece

/** About how many pixels a piece will take. */
function guessed(piece: Piece): number {
  return Math.round((piece.to - piece.from) * 0.35);
}

/** A document's text as Markdown, the passage marked and in sight: first the piece that holds it, then the others. */
export function FormattedText({ text, start, end }: Given) {
  const pieces = useMemo(() => piecesOf(text), [text]);
  const shown = useInSight<HTMLDivElement>(text, start, end);
  const ready = usePieceByPiece(pieces);
  useStillness(shown, pieces, ready);
  const first = (piece: Piece) => (end > start ? piece.from < end && piece.to > start : piece.from === 0);
  return (
    <div ref={shown}>
      {pieces.map((piece, n) => {
        const isShown = n < ready || first(piece);
        return (
          <div key={piece.from} style={isShown ? { paddingBottom: GAP } : { height: guessed(piece) }}>
            {isShown && (
              <OnePiece
                text={piece.prefix + text.slice(piece.from, piece.to)}
                start={Math.max(start - piece.from, 0) + piece.prefix.length}
                end={Math.min(end, piece.to) - piece.from + piece.prefix.length}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

const OnePiece = memo(function OnePiece({ text, start, end }: Given) {
  const plugins = useMemo(() => (end > start ? [marking(start, end)] : []), [start, end]);
  return <SafeMarkdown text={text} plugins={plugins} />;
});

/** How many pieces are shown: one more at a time, so that the page can be used meanwhile. */
function usePieceByPiece(pieces: readonly Piece[]): number {
  const [ready, setReady] = useState({ pieces, count: 0 });
  const count = ready.pieces === pieces ? ready.count : 0;
  useEffect(() => {
    if (count >= pieces.length) return;
    const later = window.setTimeout(() => startTransition(() => setReady({ pieces, count: count + 1 })), PAUSE);
    return () => window.clearTimeout(later);
  }, [pieces, count]);
  return count;
}

/** Keeps what is in sight where it is while a piece above it takes another height than was guessed. */
function useStillness(shown: RefObject<HTMLElement | null>, pieces: readonly Piece[], ready: number): void {
  const before = useRef<readonly number[]>([]);
  useLayoutEffect(() => {
    const heights = [...(shown.current?.children ?? [])].map((each) => (each as HTMLElement).offsetHeight);
    const scroller = shown.current?.closest("[data-scrolls]");
    const was = before.current;
    before.current = heights;
    if (!scroller || was.length !== heights.length) return;
    const newest = shown.current?.children[ready - 1];
    const above = newest && newest.getBoundingClientRect().top < scroller.getBoundingClientRect().top;
    if (above) scroller.scrollTop += (heights[ready - 1] ?? 0) - (was[ready - 1] ?? 0);
  }, [shown, pieces, ready]);
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
