import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";

import type { WholeDocument } from "../../api/types";
import { useWords } from "../../language";
import { FormattedText, PlainText } from "./FormattedText";
import type { Settled } from "./settled";

const MARKDOWN = ["md", "html", "docx", "pptx", "xlsx", "epub", "csv"];
const LONG = 2_000_000; // characters that are too many for a browser to format

/** The text that answers are taken from. */
export function TextTab({ document, passage }: { document: WholeDocument; passage: Settled }) {
  const words = useWords().document;
  const [plain, setPlain] = useState(document.text.length > LONG);
  const formattable = MARKDOWN.includes(document.type);
  const given = { text: document.text, start: passage.start, end: passage.end };
  return (
    <Stack gap="sm">
      {formattable && (
        <SegmentedControl
          size="xs"
          style={{ alignSelf: "flex-end" }}
          aria-label={words.text}
          value={plain ? "plain" : "formatted"}
          onChange={(chosen) => setPlain(chosen === "plain")}
          data={[
            { value: "formatted", label: words.formatted },
            { value: "plain", label: words.asWritten },
          ]}
        />
      )}
      {document.text.trim() === "" && <Text c="dimmed">{words.empty}</Text>}
      {formattable && !plain ? <FormattedText {...given} /> : <PlainText {...given} />}
    </Stack>
  );
}
