import { Stack } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";

import { type Running, historyOf } from "./asking";
import type { Conversation } from "./conversations";
import { TurnView } from "./TurnView";

interface Given {
  readonly conversation: Conversation;
  readonly running: Running | null;
  readonly again: () => void;
  readonly said: (turn: string, verdict: "right" | "wrong") => void;
}

/** The turns of a conversation; the newest is in sight, unless its reader has scrolled away. */
export function Turns({ conversation, running, again, said }: Given) {
  const { turns } = conversation;
  const scrolled = useNewestInSight(conversation.id, turns.length, running?.text ?? null);
  const histories = useMemo(() => turns.map((_, n) => historyOf(turns.slice(0, n))), [turns]);
  return (
    <div className="turns" ref={scrolled} tabIndex={0} role="log" aria-live="off" aria-label={conversation.name}>
      <Stack className="column" gap="xl" py="md">
        {turns.map((turn, n) => (
          <TurnView
            key={turn.id}
            turn={turn}
            history={histories[n] ?? []}
            running={running?.turn === turn.id ? running : null}
            again={n === turns.length - 1 ? again : null}
            said={(verdict) => said(turn.id, verdict)}
          />
        ))}
      </Stack>
    </div>
  );
}

const ABOVE = 16; // pixels of what was before that stay in sight

/** Shows the newest turn from its beginning, as far as it goes, until its reader scrolls. */
function useNewestInSight(conversation: string, turns: number, text: string | null) {
  const scrolled = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    follows.current = true;
    const at = scrolled.current;
    const leave = () => (follows.current = false);
    for (const each of ["wheel", "touchmove", "keydown"]) at?.addEventListener(each, leave, { passive: true });
    return () => {
      for (const each of ["wheel", "touchmove", "keydown"]) at?.removeEventListener(each, leave);
    };
  }, [conversation, turns]);
  useEffect(() => {
    const at = scrolled.current;
    const newest = [...(at?.querySelectorAll("article") ?? [])].at(-1);
    if (!at || !newest || !follows.current) return;
    at.scrollTo({ top: Math.min(at.scrollHeight - at.clientHeight, newest.offsetTop - at.offsetTop - ABOVE) });
  }, [conversation, turns, text]);
  return scrolled;
}
