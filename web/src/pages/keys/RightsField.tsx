import { Checkbox, Stack } from "@mantine/core";

import type { Right } from "../../api/types";
import { useWords } from "../../language";
import { RIGHTS } from "./making";

interface Given {
  readonly rights: readonly Right[];
  readonly error: string | null;
  readonly change: (rights: readonly Right[]) => void;
}

/** What whoever has the key may do. Who may administer may do the rest, too. */
export function RightsField({ rights, error, change }: Given) {
  const words = useWords().keys;
  const admin = rights.includes("admin");
  return (
    <Checkbox.Group label={words.rightsOf} value={admin ? [...RIGHTS] : [...rights]} error={error} onChange={(given) => change(given as Right[])}>
      <Stack gap="xs" my={4}>
        {RIGHTS.map((right) => (
          <Checkbox
            key={right}
            value={right}
            label={words.rights[right]}
            description={words.rightsHint[right]}
            disabled={admin && right !== "admin"}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
