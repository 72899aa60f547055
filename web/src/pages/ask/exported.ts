/** A conversation as Markdown, to be kept or sent: what was asked, what was answered, and what that rests on. */

import type { Answer, Citation } from "../../api/types";
import type { Words } from "../../language";
import type { AskedTurn, Conversation } from "./conversations";
import { addressOfSource, standingOf } from "./copied";
import { told } from "./scope";

const DEFINITION = /^( {0,3})\[(\d+)\]:/gm; // would lead the number of a source elsewhere

/** `moment`: when it is exported, as people read it. */
export function asMarkdown(words: Words, base: string, conversation: Conversation, moment: string): string {
  const head = [`# ${plain(conversation.name)}`, plain(`${words.shell.base}: ${base} · ${moment}`)];
  const turns = conversation.turns.flatMap((turn) => turnAsMarkdown(words, base, turn));
  return `${[...head, ...turns].join("\n\n")}\n`;
}

function turnAsMarkdown(words: Words, base: string, turn: AskedTurn): string[] {
  const { ask } = words;
  const scope = turn.scope === null ? [] : [plain(ask.only(told(words, turn.scope)))];
  return [`## ${ask.you}`, quoted(turn.question), ...scope, `## ${ask.answer}`, ...answered(words, base, turn)];
}

function answered(words: Words, base: string, { answer, stopped, failure }: AskedTurn): string[] {
  const { ask } = words;
  if (answer === null) return [...(stopped ? [stopped] : []), plain(failure ?? (stopped === undefined ? ask.broken : ask.stopped))];
  const declined = answer.decision === "ABSTAINED" ? [`**${ask.declined}**`] : [];
  const notes = answer.notes.map(plain);
  const text = answer.answer.replace(DEFINITION, "$1\\[$2\\]:");
  return [...declined, text, ...notes, ...writtenBy(words, answer), ...sources(words, base, answer.citations)].filter(Boolean);
}

function writtenBy({ ask }: Words, { curated, model }: Answer): string[] {
  if (curated !== null) return [plain(ask.curated(curated))];
  return model === null ? [] : [plain(ask.model(model))];
}

function sources(words: Words, base: string, citations: readonly Citation[]): string[] {
  if (citations.length === 0) return [];
  const each = citations.map((citation) => {
    const line = `- [${citation.n}] [${plain(standingOf(words, citation))}](<${addressOfSource(base, citation)}>)`;
    return `${line}\n\n${indented(quoted(citation.quote))}`;
  });
  return [`### ${words.ask.sources}`, ...each];
}

/** Text that Markdown takes as it is, on one line. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|~&]/g, "\\$&").trim();
}

/** Text whose lines are a quotation. */
function quoted(text: string): string {
  return text.split(/\r?\n/).map((line) => `> ${plain(line)}`.trimEnd()).join("\n");
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
