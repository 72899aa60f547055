/** Answers on their way. They go on while another page is open, and end when stopped or when the page is left. */

import { useSyncExternalStore } from "react";

import { baseUrl } from "../../api/client";
import { isAbort, sentenceOf } from "../../api/failure";
import { events } from "../../api/stream";
import type { Answer, Turn } from "../../api/types";
import type { AskedTurn, Conversations } from "./conversations";
import { EVERYTHING, filterOf } from "./scope";

export interface Running {
  readonly turn: string;
  /** What has come of the answer. */
  readonly text: string;
  readonly doing: "searching" | "thinking" | "writing" | { readonly calls: string };
}

interface Kept extends Running {
  readonly stop: AbortController;
}

const TURNS = 20; // of the conversation that the server is told
const LONGEST = 60_000; // characters of one of them, of 65 536 that the server takes
const STEP = 120; // milliseconds between two looks of a text that is being written

const running = new Map<string, Kept>();
const heard = new Set<() => void>();

function change(conversation: string, next: Kept | null): void {
  if (next === null) running.delete(conversation);
  else running.set(conversation, next);
  for (const each of heard) each();
}

function onRunning(changed: () => void): () => void {
  heard.add(changed);
  return () => heard.delete(changed);
}

export function useRunning(conversation: string): Running | null {
  return useSyncExternalStore(onRunning, () => running.get(conversation) ?? null);
}

export function stop(conversation: string): void {
  running.get(conversation)?.stop.abort();
}

/** Asks the last turn of a conversation that is kept; what comes of it is kept in the turn. */
export async function ask(kept: Conversations, base: string, conversation: string): Promise<void> {
  const turns = kept.find(conversation)?.turns ?? [];
  const turn = turns.at(-1);
  if (turn === undefined || running.has(conversation)) return;
  const stopping = new AbortController();
  let now: Kept = { turn: turn.id, text: "", doing: "searching", stop: stopping };
  const show = (news: Partial<Running>) => change(conversation, (now = { ...now, ...news }));
  const end = (news: Partial<AskedTurn>) => {
    change(conversation, null);
    kept.change(conversation, turn.id, news);
  };
  show({});
  try {
    end({ answer: await received(base, turn, turns, stopping.signal, () => now, show) });
  } catch (error) {
    end(isAbort(error) ? { stopped: now.text } : { failure: sentenceOf(error), stopped: now.text });
  }
}

async function received(
  base: string,
  turn: AskedTurn,
  turns: readonly AskedTurn[],
  signal: AbortSignal,
  now: () => Running,
  show: (news: Partial<Running>) => void,
): Promise<Answer> {
  const body = {
    question: turn.question,
    history: historyOf(turns.slice(0, -1)),
    filter: filterOf(turn.scope ?? EVERYTHING),
    stream: true,
  };
  let text = "";
  let shown = 0;
  for await (const event of events(baseUrl(base, "ask"), { method: "POST", body, signal }, "answer")) {
    const data = event.data as Answer & { text: string; name: string };
    if (event.name === "answer") return data;
    if (event.name === "text") {
      text += data.text;
      if (Date.now() - shown < STEP) continue;
      shown = Date.now();
      show({ text, doing: "writing" });
    } else if (event.name === "reasoning" && now().doing !== "thinking") {
      show({ doing: "thinking" });
    } else if (event.name === "tool_call") {
      show({ doing: { calls: data.name } });
    }
  }
  throw new Error("the stream ended without an answer"); // `events` says so itself
}

/** The turns before a question, as the server takes them. */
export function historyOf(turns: readonly AskedTurn[]): Turn[] {
  return turns.slice(-TURNS).flatMap(({ question, answer }) =>
    answer === null
      ? []
      : [
          { role: "user" as const, content: question.slice(0, LONGEST) },
          { role: "assistant" as const, content: answer.answer.slice(0, LONGEST) },
        ],
  );
}
