import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCheck, IconLink } from "@tabler/icons-react";
import { useState } from "react";

import { useWords } from "../../language";
import { copyText } from "../../shared/copying";
import { type Spot, addressOfSpot } from "../../shared/places";

/** Copies the address that opens the passage. */
export function CopyLink({ base, spot }: { base: string; spot: Spot }) {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  const label = copied ? words.shell.copied : words.document.copyLink;

  async function copy(): Promise<void> {
    setCopied(await copyText(`${window.location.origin}/ui${addressOfSpot(base, spot)}`));
    window.setTimeout(() => setCopied(false), 2000);
  }

  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" c="inherit" aria-label={label} onClick={() => void copy()}>
        {copied ? <IconCheck size={18} aria-hidden /> : <IconLink size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}
