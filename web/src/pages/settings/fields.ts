/** The settings that are used most, with what holds where they are not set. */

import type { Words } from "../../language";
import type { Value } from "./editing";

export interface Field {
  readonly name: keyof Words["settings"]["fields"];
  readonly shape: "number" | "text" | "choice" | "lines" | "colour";
  readonly usual: Value;
  readonly step?: number;
  readonly range?: readonly [number, number];
  readonly choices?: readonly (keyof Words["settings"]["choices"])[];
  /** Characters at most. */
  readonly most?: number;
  /** Whether only the owner of the server's folder may set it. */
  readonly owner?: boolean;
}

export const COMMON: readonly Field[] = [
  { name: "answer.confidence", shape: "number", usual: 0.5, range: [0, 1], step: 0.05 },
  { name: "answer.sentences", shape: "number", usual: 4, range: [1, 20] },
  { name: "answer.sources", shape: "number", usual: 6, range: [1, 50] },
  { name: "answer.context", shape: "choice", usual: "neighbours", choices: ["neighbours", "section"] },
  { name: "rerank.model", shape: "choice", usual: "rerank", choices: ["rerank", "none"] },
  { name: "rerank.fine", shape: "number", usual: 8, range: [1, 1000] },
  { name: "llm.url", shape: "text", usual: "", owner: true },
  { name: "llm.model", shape: "text", usual: "" },
  { name: "llm.reply_tokens", shape: "number", usual: 1024, range: [16, 1_000_000], step: 64 },
  { name: "inbox.keep_days", shape: "number", usual: 90, range: [0, 3650] },
];

export const WIDGET: readonly Field[] = [
  { name: "widget.title_zh", shape: "text", usual: "在线帮助", most: 80 },
  { name: "widget.title_en", shape: "text", usual: "Help", most: 80 },
  { name: "widget.greeting_zh", shape: "lines", usual: "您好！请问有什么可以帮您？", most: 1000 },
  { name: "widget.greeting_en", shape: "lines", usual: "Hello! What can we help you with?", most: 1000 },
  { name: "widget.handoff_zh", shape: "lines", usual: "我们会把这段对话转给同事，请留下联系方式，以便回复您。", most: 1000 },
  { name: "widget.handoff_en", shape: "lines", usual: "We will pass this conversation on to a person. Leave a way to reach you, and we will reply.", most: 1000 },
  { name: "widget.colour", shape: "colour", usual: "#1f5fbf" },
];
