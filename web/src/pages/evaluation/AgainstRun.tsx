import { List, Table, Text, Title } from "@mantine/core";

import type { Comparison, Gap } from "../../api/evaluation";
import { useWords } from "../../language";
import { figureName, gained, told } from "./figures";

const SHOWN = 50; // questions that changed

/** A run beside an earlier one, on the questions of both. */
export function AgainstRun({ against, name }: { against: Comparison; name: string }) {
  const words = useWords();
  const { against: text, run } = words.evaluation;
  return (
    <section aria-labelledby="run-against">
      <Title order={2} id="run-against">{text.title(name)}</Title>
      <Text size="sm" mb="xs">
        {text.sum(against.n, against.wins, against.losses, against.ties)} {against.left_out > 0 && text.leftOut(against.left_out)}
      </Text>
      <Table className="numbers" aria-labelledby="run-against" maw={760}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{run.figure}</Table.Th>
            <Table.Th>{text.before}</Table.Th>
            <Table.Th>{text.now}</Table.Th>
            <Table.Th>{text.difference}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Object.entries(against.differences).map(([name, gap]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>{figureName(words, name)}</Table.Th>
              <Table.Td>{told(against.means[name]?.[0])}</Table.Td>
              <Table.Td>{told(against.means[name]?.[1])}</Table.Td>
              <Table.Td>
                <b>{gained(gap.mean)}</b> ({gained(gap.low)} … {gained(gap.high)})
                <Text size="xs" c="dimmed">{text[certainty(gap)]}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {against.changes.length > 0 && (
        <>
          <Title order={3} mt="md">{text.changes}</Title>
          <List size="sm">
            {ends(against.changes).map((each) => (
              <List.Item key={each.id}>
                {each.question} <Text component="span" size="sm" c="dimmed">({each.after > each.before ? text.better : text.worse}: {told(each.before)} → {told(each.after)})</Text>
              </List.Item>
            ))}
          </List>
        </>
      )}
    </section>
  );
}

function certainty({ low, high }: Gap): "same" | "certain" | "uncertain" {
  if (low === 0 && high === 0) return "same";
  return low > 0 || high < 0 ? "certain" : "uncertain";
}

/** The greatest losses and the greatest wins, which stand at the two ends. */
function ends<T>(changes: readonly T[]): readonly T[] {
  return changes.length <= SHOWN ? changes : [...changes.slice(0, SHOWN / 2), ...changes.slice(-SHOWN / 2)];
}
