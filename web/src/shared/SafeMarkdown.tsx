/**
 * Markdown out of documents and models, which may be hostile: HTML is shown and never run, pictures are never loaded,
 * and links lead to the web or to a mailbox, with no word about where they were followed from.
 */

import { Typography } from "@mantine/core";
import { Component, type ReactNode, memo } from "react";
import Markdown, { type Components, type Options } from "react-markdown";
import remarkGfm from "remark-gfm";

import { useWords } from "../language";

import "./markdown.css";

type Plugins = NonNullable<Options["remarkPlugins"]>;

interface Given {
  readonly text: string;
  readonly plugins?: Plugins;
  readonly components?: Components;
}

const LONGEST = 24_000; // characters; some texts take a time that grows with the square of their length

/** Nested so deeply that reading it as Markdown would take too long. */
const TOO_DEEP = /^[ \t]*(?:(?:[>*+-]|\d+[.)])[ \t]*){30}|[[*_~]{100}/m;

export const SafeMarkdown = memo(function SafeMarkdown({ text, plugins = [], components }: Given) {
  const plain = <div className="as-written">{text}</div>;
  if (text.length > LONGEST || TOO_DEEP.test(text)) return plain;
  return (
    <Instead of={text} shown={plain}>
      <Typography className="markdown">
        <Markdown
          remarkPlugins={[[remarkGfm, { singleTilde: false }], ...plugins]}
          urlTransform={safeAddress}
          components={{ ...SAFE, ...components }}
        >
          {text}
        </Markdown>
      </Typography>
    </Instead>
  );
});

const SAFE: Components = {
  h1: "h2", // the page has a heading of the first level of its own
  h2: "h3",
  h3: "h4",
  h4: "h5",
  h5: "h6",
  a: ({ href, children }) =>
    href ? (
      <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ alt }) => <Picture alt={alt ?? ""} />,
  input: ({ checked }) => <span>{checked ? "☑ " : "☐ "}</span>,
  table: ({ children }) => (
    <div className="wide" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
};

/** What stands for a picture, which is not loaded. */
function Picture({ alt }: { alt: string }) {
  const words = useWords().document;
  return <span className="picture">{alt === "" ? words.picture : words.pictureOf(alt)}</span>;
}

/** The address as it is where it leads to the web or to a mailbox, or else none. */
export function safeAddress(address: string): string {
  try {
    const { protocol } = new URL(address); // one that is not whole leads nowhere: the page knows no other documents
    return ["http:", "https:", "mailto:"].includes(protocol) ? address : "";
  } catch {
    return "";
  }
}

interface Shown {
  readonly of: string;
  readonly failed: boolean;
}

/** Shows the text as it was written where it cannot be shown as Markdown. */
class Instead extends Component<{ of: string; shown: ReactNode; children: ReactNode }, Shown> {
  override state: Shown = { of: this.props.of, failed: false };

  static getDerivedStateFromProps(given: { of: string }, state: Shown): Shown | null {
    return given.of === state.of ? null : { of: given.of, failed: false };
  }

  static getDerivedStateFromError(): Partial<Shown> {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.shown : this.props.children;
  }
}
