import { ScrollArea, Table, Text } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../language";
import { type Chart, figure, valueAt } from "./charts";

const MOST = 200; // rows

/** The same as the chart in numbers; of many steps, evenly thinned out. */
export function CurveTable({ chart, steps }: { chart: Chart; steps: readonly number[] }) {
  const words = useWords().training;
  const [open, setOpen] = useState(false);
  const apart = Math.ceil(steps.length / MOST);
  const shown = steps.filter((_, at) => (steps.length - 1 - at) % apart === 0);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary style={{ cursor: "pointer" }}>{words.table}</summary>
      {open && apart > 1 && <Text size="xs" c="dimmed">{words.thinned(shown.length, steps.length)}</Text>}
      {open && (
        <ScrollArea.Autosize mah={260} viewportProps={{ tabIndex: 0, role: "region", "aria-label": chart.name }}>
          <Table stickyHeader fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{words.stepColumn}</Table.Th>
                {chart.lines.map((line) => <Table.Th key={line.stage} scope="col">{line.stage === "" ? chart.name : line.stage}</Table.Th>)}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((step) => (
                <Table.Tr key={step}>
                  <Table.Th scope="row" fw={400}>{figure(step)}</Table.Th>
                  {chart.lines.map((line) => {
                    const value = valueAt(line, step);
                    return <Table.Td key={line.stage}>{value === null ? "" : figure(value)}</Table.Td>;
                  })}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
    </details>
  );
}
