import { Alert, List } from "@mantine/core";

import { useWords } from "../../language";

/** What was lost while a document was read. */
export function WarningNote({ warnings }: { warnings: readonly string[] }) {
  const words = useWords().document;
  if (warnings.length === 0) return null;
  return (
    <Alert color="yellow" variant="outline" p="xs" mt="xs">
      <details>
        <summary style={{ cursor: "pointer" }}>{words.lost(warnings.length)}</summary>
        <List size="sm" mt={4} mah="30vh" style={{ overflowY: "auto" }}>
          {warnings.map((each) => (
            <List.Item key={each}>{each}</List.Item>
          ))}
        </List>
      </details>
    </Alert>
  );
}
