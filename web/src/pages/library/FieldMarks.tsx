import { Badge, Text } from "@mantine/core";

import type { MetadataValue } from "../../api/types";
import { useWords } from "../../language";

const SHOWN = 4;
const LONGEST = 60;

/** The fields of a document, in short. */
export function FieldMarks({ metadata }: { metadata: Readonly<Record<string, MetadataValue>> }) {
  const words = useWords().library;
  const fields = Object.entries(metadata);
  return (
    <>
      {fields.slice(0, SHOWN).map(([name, value]) => {
        const told = Array.isArray(value)
          ? value.join(words.comma)
          : typeof value === "boolean"
            ? value
              ? words.fields.yes
              : words.fields.no
            : String(value);
        return (
          <Badge
            key={name}
            size="sm"
            variant="light"
            color="gray"
            c="inherit"
            tt="none"
            fw={400}
            title={`${name}: ${told}`}
          >
            {name}: {told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told}
          </Badge>
        );
      })}
      {fields.length > SHOWN && (
        <Text size="xs" c="dimmed">
          +{fields.length - SHOWN}
        </Text>
      )}
    </>
  );
}
