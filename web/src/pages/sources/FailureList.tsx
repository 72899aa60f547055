import { List, Text } from "@mantine/core";

import { whyFailed } from "../../api/library";
import { type Source, useSourceFailures } from "../../api/sources";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { FailureNotice, Waiting } from "../../shell/notices";

/** What of a source failed, why, and when it is tried again. */
export function FailureList({ base, source }: { base: string; source: Source }) {
  const words = useWords().sources;
  const moments = useMoments();
  const failures = useSourceFailures(base, source, true);
  if (failures.error) return <FailureNotice error={failures.error} again={() => void failures.refetch()} />;
  if (!failures.data) return <Waiting />;
  return (
    <List size="sm" spacing="xs">
      {failures.data.map((each) => (
        <List.Item key={`${each.stage} ${each.item}`}>
          <Text size="sm" fw={600}>
            {each.item}
          </Text>
          <Text size="sm">{whyFailed(each.item, each.why)}</Text>
          <Text size="xs" c="dimmed">
            {[
              words.stage[each.stage],
              words.tries(each.tries),
              each.next === null ? words.withLook : words.again(moments.minute(each.next)),
            ].join(" · ")}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}
