/** Conversations, kept in this browser alone: those of each caller and knowledge base apart, each under its own key. */

import { useMemo, useSyncExternalStore } from "react";

import type { Answer } from "../../api/types";
import type { Scope } from "./scope";

export interface AskedTurn {
  readonly id: string;
  readonly question: string;
  readonly scope: Scope | null;
  readonly answer: Answer | null;
  /** What had come of an answer that was stopped. */
  readonly stopped?: string;
  readonly failure?: string;
  readonly verdict?: "right" | "wrong";
}

export interface Conversation {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly changed: number;
  readonly turns: readonly AskedTurn[];
}

export class Conversations {
  private known: readonly Conversation[];
  private readonly heard = new Set<() => void>();

  constructor(private readonly prefix: string) {
    this.known = this.read();
    window.addEventListener("storage", (event) => {
      if (event.key === null || event.key.startsWith(prefix)) this.told();
    });
  }

  /** The newest first; the same list until one changes. */
  readonly all = (): readonly Conversation[] => this.known;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.heard.add(changed);
    return () => this.heard.delete(changed);
  };

  find(id: string): Conversation | undefined {
    return this.known.find((each) => each.id === id);
  }

  /** Keeps one. Says whether others had to go, the oldest first, for lack of room. */
  keep(conversation: Conversation): boolean {
    let removed = false;
    while (!this.write(conversation)) {
      const oldest = this.known.findLast((each) => each.id !== conversation.id);
      if (oldest === undefined) break;
      localStorage.removeItem(this.prefix + oldest.id);
      this.known = this.read();
      removed = true;
    }
    this.told();
    return removed;
  }

  /** Changes what is kept of a turn; nothing where its conversation was deleted meanwhile. */
  change(id: string, turn: string, news: Partial<AskedTurn>): void {
    const found = this.find(id);
    if (found === undefined) return;
    const turns = found.turns.map((each) => (each.id === turn ? { ...each, ...news } : each));
    this.keep({ ...found, turns, changed: Date.now() });
  }

  remove(id: string): void {
    localStorage.removeItem(this.prefix + id);
    this.told();
  }

  private write(conversation: Conversation): boolean {
    try {
      localStorage.setItem(this.prefix + conversation.id, JSON.stringify(conversation));
      return true;
    } catch {
      return false; // it is full
    }
  }

  private read(): readonly Conversation[] {
    const keys = Array.from({ length: localStorage.length }, (_, n) => localStorage.key(n) ?? "");
    const found = keys.filter((key) => key.startsWith(this.prefix)).map((key) => parsed(localStorage.getItem(key)));
    return found.filter((each) => each !== null).sort((one, other) => other.changed - one.changed);
  }

  private told(): void {
    this.known = this.read();
    for (const each of this.heard) each();
  }
}

/** A kept conversation; `null` where something else stands there. */
function parsed(text: string | null): Conversation | null {
  try {
    const found = JSON.parse(text ?? "null") as Partial<Conversation> | null;
    const sound = typeof found?.id === "string" && typeof found.name === "string" && Array.isArray(found.turns);
    return sound ? (found as Conversation) : null;
  } catch {
    return null;
  }
}

/** Whose conversations they are. */
export function askerOf(me: { tenant: string; name?: string | null } | undefined): string {
  return `${me?.tenant ?? ""}/${me?.name ?? ""}`;
}

const opened = new Map<string, Conversations>();

function placeOf(asker: string): string {
  return `wenyuan/conversations/${encodeURIComponent(asker)}/`;
}

/** Who asked without a key goes on with one: the conversations are the same person's. */
export function handOver(from: string, to: string): void {
  const before = placeOf(from);
  const after = placeOf(to);
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(before))) {
    localStorage.setItem(after + key.slice(before.length), localStorage.getItem(key) ?? "");
    localStorage.removeItem(key);
  }
  opened.clear();
}

export function conversationsOf(asker: string, base: string): Conversations {
  const prefix = `${placeOf(asker)}${encodeURIComponent(base)}/`;
  const found = opened.get(prefix) ?? new Conversations(prefix);
  opened.set(prefix, found);
  return found;
}

export function useConversations(asker: string, base: string) {
  const kept = useMemo(() => conversationsOf(asker, base), [asker, base]);
  return { kept, all: useSyncExternalStore(kept.subscribe, kept.all) };
}
