import { Button, Group, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useId, useState } from "react";

import { useWords } from "../../language";
import { copyText } from "../../shared/copying";

const SHOWN = 2_000; // milliseconds that it says that it was copied

/** A text that is to be taken elsewhere whole. */
export function CopyBox({ label, text }: { label: string; text: string }) {
  const words = useWords();
  const id = useId();
  const [copied, setCopied] = useState<"yes" | "failed" | null>(null);

  async function copy(): Promise<void> {
    setCopied((await copyText(text)) ? "yes" : "failed");
    window.setTimeout(() => setCopied(null), SHOWN);
  }

  return (
    <div role="group" aria-labelledby={id}>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text id={id} size="sm" fw={600}>{label}</Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={copied === "yes" ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          onClick={() => void copy()}
        >
          <span aria-live="polite">{copied === "yes" ? words.shell.copied : words.keys.copy}</span>
        </Button>
      </Group>
      <code style={{ display: "block", padding: 10, border: "1px solid var(--mantine-color-default-border)", borderRadius: 8, userSelect: "all", fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 }}>
        {text}
      </code>
      {copied === "failed" && <Text size="sm" c="var(--mantine-color-error)" role="alert">{words.keys.copyFailed}</Text>}
    </div>
  );
}
