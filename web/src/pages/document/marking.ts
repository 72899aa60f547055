/** Marks a stretch of Markdown's source in what it is shown as. */

import type { Nodes, Parent, PhrasingContent, Root, Text } from "mdast";
import { visitParents } from "unist-util-visit-parents";
import type { VFile } from "vfile";

/** A plugin for the characters [start, end) of the source, in UTF-16 units. */
export function marking(start: number, end: number) {
  return () => (tree: Root, file: VFile) => {
    const source = String(file.value);
    const found: [Nodes, Parent][] = [];
    visitParents(tree, (node, above) => {
      const parent = above.at(-1);
      if (parent && "children" in parent && overlaps(node, start, end)) found.push([node, parent]);
    });
    for (const [node, parent] of found) mark(node, parent, source, start, end);
  };
}

function overlaps(node: Nodes, start: number, end: number): boolean {
  const from = node.position?.start.offset;
  const to = node.position?.end.offset;
  return from !== undefined && to !== undefined && from < end && to > start;
}

function mark(node: Nodes, parent: Parent, source: string, start: number, end: number): void {
  const put = (nodes: Nodes[]) =>
    parent.children.splice(parent.children.indexOf(node as never), 1, ...(nodes as never[]));
  if (node.type === "text") {
    put(parted(node, source, start, end));
  } else if (node.type === "inlineCode" || node.type === "html") {
    put([marked([node as PhrasingContent])]);
  } else if (node.type === "code" || node.type === "image") {
    node.data = { ...node.data, hProperties: { className: ["marked"] } };
  }
}

/** The text in three: before, marked, after. */
function parted(node: Text, source: string, start: number, end: number): Nodes[] {
  const places = placesOf(node, source);
  const inside = places.map((place) => place >= start && place < end);
  const first = inside.indexOf(true);
  if (first < 0) return [node];
  const last = inside.lastIndexOf(true) + 1;
  const [before, within, after] = [node.value.slice(0, first), node.value.slice(first, last), node.value.slice(last)];
  return [...text(before), marked(text(within)), ...text(after)];
}

/** Where in the source each unit of a text stands, which has lost escapes, entities and the signs before its lines. */
function placesOf(node: Text, source: string): number[] {
  let at = node.position?.start.offset ?? 0;
  const end = node.position?.end.offset ?? at;
  return Array.from({ length: node.value.length }, (_, n) => {
    const wanted = node.value[n];
    const from = at;
    while (at < end && source[at] !== wanted && source[at] !== "&") at += 1;
    if (at >= end) return (at = from);
    const here = at;
    const entity = source[at] === wanted && wanted !== "&" ? null : /^&(?:#\w+|\w+);/.exec(source.slice(at, at + 40));
    at += entity?.[0].length ?? 1;
    return here;
  });
}

function text(value: string): Text[] {
  return value === "" ? [] : [{ type: "text", value }];
}

function marked(children: PhrasingContent[]): Nodes {
  return { type: "emphasis", children, data: { hName: "mark" } };
}
