/** The conversation that is open, and what can be done with it. */

import { notifications } from "@mantine/notifications";
import { useCallback } from "react";
import { useNavigate } from "react-router";

import { useWords } from "../../language";
import { undoable } from "../../shared/undo";
import { ask, stop } from "./asking";
import { type AskedTurn, type Conversation, useConversations } from "./conversations";
import { type Scope, isEverything } from "./scope";

const NAME = 60; // characters of a question that name its conversation

export function useConversation(asker: string, base: string, id: string | null) {
  const words = useWords().ask;
  const navigate = useNavigate();
  const { kept, all } = useConversations(asker, base);
  const conversation = all.find((each) => each.id === id) ?? null;
  const addressOf = useCallback(
    (other: string | null) => `/kb/${encodeURIComponent(base)}/ask${other === null ? "" : `/${other}`}`,
    [base],
  );

  function keep(next: Conversation): void {
    if (kept.keep(next)) notifications.show({ message: words.full, color: "yellow" });
  }

  function send(question: string, scope: Scope): void {
    const turn: AskedTurn = { id: newId(), question, scope: isEverything(scope) ? null : scope, answer: null };
    const name = [...question.replace(/\s+/g, " ")].slice(0, NAME).join("");
    const next = conversation ?? { id: newId(), name, turns: [], changed: 0 };
    keep({ ...next, turns: [...next.turns, turn], changed: Date.now() });
    void ask(kept, base, next.id);
    if (conversation === null) void navigate(addressOf(next.id));
  }

  /** Asks the last question again. */
  function again(): void {
    const last = conversation?.turns.at(-1);
    if (!conversation || !last) return;
    const fresh = { id: newId(), question: last.question, scope: last.scope, answer: null };
    keep({ ...conversation, turns: [...conversation.turns.slice(0, -1), fresh], changed: Date.now() });
    void ask(kept, base, conversation.id);
  }

  function remove(gone: Conversation, undo: string): void {
    stop(gone.id);
    const was = kept.find(gone.id) ?? gone;
    kept.remove(gone.id);
    if (gone.id === id) void navigate(addressOf(null), { replace: true });
    const restored = () => {
      keep(was);
      if (gone.id === id) void navigate(addressOf(gone.id), { replace: true });
    };
    undoable(words.removed(gone.name), undo, restored);
  }

  function said(turn: string, verdict: "right" | "wrong"): void {
    if (conversation) kept.change(conversation.id, turn, { verdict });
  }

  const rename = (which: Conversation, name: string) => keep({ ...which, name });
  return { all, conversation, addressOf, send, again, remove, rename, said };
}

/** Not `crypto.randomUUID`, which a page without TLS does not have. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
