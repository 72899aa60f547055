import { Input } from "@mantine/core";
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useRef } from "react";

import "./lined-editor.css";

export interface LinedEditorHandle {
  /** Puts the cursor at the beginning of a line, counted from 1, and shows it. */
  readonly goTo: (line: number) => void;
}

interface Given {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly change: (text: string) => void;
  /** Ctrl+S, or ⌘S. */
  readonly save?: () => void;
  /** The line that is not valid. */
  readonly wrong?: number | null;
  readonly ref?: Ref<LinedEditorHandle>;
}

/** A text area of fixed pitch whose lines are numbered. Tab leaves it, as any field. */
export function LinedEditor({ label, hint, value, change, save, wrong = null, ref }: Given) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split("\n").length;

  useImperativeHandle(ref, () => ({
    goTo: (line) => {
      const field = area.current;
      if (field === null) return;
      const before = field.value.split("\n").slice(0, line - 1);
      const at = before.reduce((sum, each) => sum + each.length + 1, 0);
      const end = field.value.indexOf("\n", at);
      field.focus();
      field.setSelectionRange(at, end === -1 ? field.value.length : end);
      const height = field.scrollHeight / Math.max(1, field.value.split("\n").length);
      field.scrollTop = Math.max(0, (line - 4) * height);
    },
  }));

  function keyed(event: KeyboardEvent): void {
    if (save === undefined || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    save();
  }

  return (
    <Input.Wrapper id={id} label={label} description={hint}>
      <div className="lined-editor" data-wrong={wrong !== null}>
        <div className="numbers" aria-hidden ref={gutter}>
          {Array.from({ length: lines }, (_, n) => <div key={n} data-wrong={n + 1 === wrong}>{n + 1}</div>)}
        </div>
        <textarea
          id={id}
          ref={area}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-invalid={wrong !== null}
          value={value}
          onChange={(event) => change(event.currentTarget.value)}
          onKeyDown={keyed}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
    </Input.Wrapper>
  );
}
