import { Table } from "@mantine/core";

import { figure } from "./charts";

/** What is known of a run, name by name; what lies within another name is named by both. */
export function RecordTable({ record }: { record: Readonly<Record<string, unknown>> }) {
  return (
    <Table withRowBorders fz="sm" layout="fixed">
      <Table.Tbody>
        {flat(record).map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="40%" fw={600} style={{ verticalAlign: "top" }}>{name}</Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function flat(record: object, above = ""): [string, string][] {
  return Object.entries(record).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    const whole = above === "" ? name : `${above}.${name}`;
    const within = typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
    return within ? flat(value, whole) : [[whole, said(value)]];
  });
}

function said(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : figure(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
