import { ActionIcon, Tooltip } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";

import { useWords } from "../../language";
import { download, fileNameOf } from "../../shared/downloading";
import { useMoments } from "../../shared/moments";
import { useBase } from "../../shell/base";
import type { Conversation } from "./conversations";
import { asMarkdown } from "./exported";

/** Keeps the conversation as a file of Markdown; no server is asked. */
export function ExportButton({ conversation }: { conversation: Conversation }) {
  const words = useWords();
  const base = useBase();
  const moments = useMoments();

  function save(): void {
    const text = asMarkdown(words, base, conversation, moments.minute(new Date().toISOString()));
    download(new Blob([text], { type: "text/markdown;charset=utf-8" }), fileNameOf(conversation.name, ".md"));
  }

  return (
    <Tooltip label={words.ask.export}>
      <ActionIcon variant="subtle" c="inherit" aria-label={words.ask.export} onClick={save}>
        <IconFileDownload size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
