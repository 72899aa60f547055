import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";

import { useWords } from "../../language";
import "./settings.css";

const FEWEST = 14; // lines that are shown
const LINE = 21; // pixels, as in settings.css

interface Given {
  readonly text: string;
  readonly change: (text: string) => void;
  /** The number of the line that the server refused. */
  readonly wrong: number | null;
}

/** wenyuan.toml as it is, with the numbers of its lines. */
export function TomlEditor({ text, change, wrong }: Given) {
  const words = useWords().settings;
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = text.split("\n");
  const shown = Math.max(lines.length, FEWEST);

  useEffect(() => {
    if (wrong === null || area.current === null) return;
    const start = area.current.value.split("\n").slice(0, wrong - 1).join("\n").length + (wrong > 1 ? 1 : 0);
    area.current.focus();
    area.current.setSelectionRange(start, start);
    area.current.scrollIntoView({ block: "nearest" });
  }, [wrong]);

  return (
    <div>
      <Text size="sm" c="dimmed" mb="xs" id="toml-hint">{words.textHint}</Text>
      <div className="toml-editor">
        <div className="toml-numbers" aria-hidden>
          {Array.from({ length: shown }, (_, at) => (
            <div key={at} className={at + 1 === wrong ? "toml-wrong" : undefined}>{at < lines.length ? at + 1 : " "}</div>
          ))}
        </div>
        <div className="toml-paper">
          {wrong !== null && <div className="toml-mark" style={{ top: (wrong - 1) * LINE + 8 }} aria-hidden />}
          <textarea
            ref={area}
            aria-label={words.file}
            aria-describedby="toml-hint"
            aria-invalid={wrong !== null}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            wrap="off"
            rows={shown}
            value={text}
            onChange={(event) => change(event.currentTarget.value)}
          />
        </div>
      </div>
      {wrong !== null && <Text size="sm" c="var(--mantine-color-error)" mt={4}>{words.wrongLine(wrong)}</Text>}
    </div>
  );
}
