/** Makes [1] in an answer the citation that it means, whatever else Markdown would take it for. */

import type { Nodes, Parent, PhrasingContent, Root, Text } from "mdast";
import { SKIP, visitParents } from "unist-util-visit-parents";

const NUMBER = /\[(\d+)\]/g;

/**
 * A plugin for these numbers. A citation becomes the element `cite` with the number as its text, in one of the class
 * `cited`, which begins no line: it holds the space before the number, too.
 */
export function citing(numbers: ReadonlySet<number>) {
  return () => (tree: Root) => {
    visitParents(tree, ["text", "linkReference", "definition", "footnoteReference"], (node, above) => {
      const parent = above.at(-1) as Parent | undefined;
      if (parent === undefined) return undefined;
      const at = parent.children.indexOf(node as never);
      const nodes = replaced(node as Nodes, numbers);
      if (nodes === null) return undefined;
      parent.children.splice(at, 1, ...(nodes as never[]));
      return [SKIP, at + nodes.length];
    });
  };
}

function replaced(node: Nodes, numbers: ReadonlySet<number>): PhrasingContent[] | null {
  if (node.type === "text") return parted(node, numbers);
  if (node.type === "definition") return isCited(node.identifier, numbers) ? [] : null; // it would lead [1] elsewhere
  if (node.type === "linkReference" && isCited(node.identifier, numbers)) return [citation(Number(node.identifier))];
  return null;
}

function isCited(identifier: string, numbers: ReadonlySet<number>): boolean {
  return /^\d+$/.test(identifier) && numbers.has(Number(identifier));
}

function parted(node: Text, numbers: ReadonlySet<number>): PhrasingContent[] | null {
  const parts: PhrasingContent[] = [];
  let after = 0;
  for (const match of node.value.matchAll(NUMBER)) {
    const n = Number(match[1]);
    if (!numbers.has(n)) continue;
    const before = node.value.slice(after, match.index);
    const text = before.trimEnd();
    parts.push({ type: "text", value: text }, citation(n, before.slice(text.length)));
    after = match.index + match[0].length;
  }
  return after === 0 ? null : [...parts, { type: "text", value: node.value.slice(after) }];
}

function citation(n: number, space = ""): PhrasingContent {
  const number: PhrasingContent = { type: "emphasis", children: [{ type: "text", value: String(n) }], data: { hName: "cite" } };
  const children: PhrasingContent[] = space === "" ? [number] : [{ type: "text", value: space }, number];
  return { type: "emphasis", children, data: { hName: "span", hProperties: { className: ["cited"] } } };
}
