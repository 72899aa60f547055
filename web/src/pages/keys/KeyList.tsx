import { Stack } from "@mantine/core";

import type { Key } from "../../api/keys";
import { useWords } from "../../language";
import { KeyCard } from "./KeyCard";

/** Keys in force, the newest first, and below them those that were revoked. */
export function KeyList({ keys }: { keys: readonly Key[] }) {
  const words = useWords().keys;
  const newest = [...keys].reverse();
  const gone = newest.filter((key) => key.revoked !== null);
  return (
    <Stack>
      {newest.map((key) => key.revoked === null && <KeyCard key={key.id} shown={key} keys={keys} />)}
      {gone.length > 0 && (
        <details>
          <summary style={{ cursor: "pointer" }}>{words.gone(gone.length)}</summary>
          <Stack mt="sm">
            {gone.map((key) => <KeyCard key={key.id} shown={key} keys={keys} />)}
          </Stack>
        </details>
      )}
    </Stack>
  );
}
