import { Box, Table, Text, Title } from "@mantine/core";

import type { Explained, SearchTrace } from "../../api/why";
import { type Words, useWords } from "../../language";
import { figure, legName, stageName } from "./naming";

/** The stages one after the other, each as long as it took. */
export function StageTimes({ found }: { found: Explained }) {
  const words = useWords();
  const { times } = words.why;
  const stages = Object.entries(found.timings_ms);
  const total = stages.reduce((sum, [, ms]) => sum + ms, 0);
  const scale = 100 / (total || 1);
  let begun = 0;
  const bars = stages.map(([stage, ms]) => {
    const bar = { stage, ms, from: begun * scale, width: ms * scale };
    begun += ms;
    return bar;
  });
  return (
    <section aria-labelledby="why-times">
      <Title order={2} id="why-times" mb="xs">{times.title}</Title>
      <Table className="waterfall" aria-labelledby="why-times" verticalSpacing={6}>
        <Table.Thead className="hidden-text">
          <Table.Tr><Table.Th>{times.stage}</Table.Th><Table.Th>{times.time}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bars.map(({ stage, ms, from, width }) => (
            <Table.Tr key={stage}>
              <Table.Th scope="row" fw={400}>
                {stageName(words, stage)}
                <Text size="xs" c="dimmed">{passed(words, stage, found.trace)}</Text>
              </Table.Th>
              <Table.Td>
                <Box className="lane" aria-hidden>
                  <Box className="bar" style={{ left: `${from}%`, width: `${width}%` }} />
                </Box>
                <span className="ms">{times.ms(figure(ms))}</span>
              </Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Th scope="row">{times.total}</Table.Th>
            <Table.Td><span className="lane" /><b className="ms">{times.ms(figure(total))}</b></Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** How many passages went through a stage, where that is known. */
function passed(words: Words, stage: string, trace: SearchTrace): string {
  const { times } = words.why;
  if (stage === "recall") {
    return Object.entries(trace.recall.legs).map(([leg, hits]) => times.recalled(legName(words, leg), hits.length)).join(words.document.comma);
  }
  if (stage === "fuse" && trace.fuse) return times.candidates(trace.fuse.order.length);
  const reading = trace.rerank.stages.find((each) => each.stage === stage);
  return reading ? times.read(reading.read.length, reading.before.length) : "";
}
