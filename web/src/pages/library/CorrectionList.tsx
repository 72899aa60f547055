import { Alert, Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { baseUrl, request } from "../../api/client";
import { sendLeaving } from "../../api/leaving";
import { type Correction, useCorrections } from "../../api/library";
import { useWords } from "../../language";
import { doLater } from "../../shared/later";
import { useMoments } from "../../shared/moments";
import { FailureNotice, Waiting } from "../../shell/notices";
import { addressInLibrary } from "./address";

/** What people made of passages, first that whose passage is gone. */
export function CorrectionList({ base, mayChange }: { base: string; mayChange: boolean }) {
  const words = useWords();
  const queries = useQueryClient();
  const corrections = useCorrections(base);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  if (corrections.error) return <FailureNotice error={corrections.error} again={() => void corrections.refetch()} />;
  if (!corrections.data) return <Waiting />;
  const shown = corrections.data.filter((each) => !hidden.has(each.id));
  if (shown.length === 0) return <Text c="dimmed">{words.library.corrections.none}</Text>;

  function withdraw({ id }: Correction): void {
    setHidden((before) => new Set(before).add(id));
    const back = () => setHidden((before) => new Set([...before].filter((each) => each !== id)));
    doLater({
      message: words.library.corrections.withdrawn,
      undo: words.shell.undo,
      act: async (leaving) => {
        if (leaving) return sendLeaving(baseUrl(base, "corrections", id), "DELETE");
        await request(baseUrl(base, "corrections", id), { method: "DELETE" });
        await queries.invalidateQueries({ queryKey: ["base", base] });
      },
      taken: back,
      failed: back,
    });
  }

  const orphaned = shown.filter((each) => each.state === "orphaned");
  const applied = shown.filter((each) => each.state === "applied");
  return (
    <Stack>
      {orphaned.length > 0 && (
        <section>
          <Title order={2} size="h3">
            {words.library.corrections.orphaned}
          </Title>
          <Alert color="yellow" variant="outline" my="xs" p="xs">
            {words.library.corrections.orphanedHint}
          </Alert>
          <Entries base={base} corrections={orphaned} withdraw={mayChange ? withdraw : undefined} />
        </section>
      )}
      {applied.length > 0 && (
        <section>
          <Title order={2} size="h3" mb="xs">
            {words.library.corrections.applied}
          </Title>
          <Entries base={base} corrections={applied} withdraw={mayChange ? withdraw : undefined} />
        </section>
      )}
    </Stack>
  );
}

interface EntriesGiven {
  readonly base: string;
  readonly corrections: readonly Correction[];
  readonly withdraw?: (correction: Correction) => void;
}

function Entries({ base, corrections, withdraw }: EntriesGiven) {
  const words = useWords().library.corrections;
  const moments = useMoments();
  return (
    <Stack gap="xs">
      {corrections.map((each) => (
        <Paper key={each.id} withBorder p="sm">
          <Group justify="space-between" gap="xs" align="flex-start">
            <Group gap="xs">
              <Anchor component={Link} size="sm" to={addressInLibrary(base, each.document)}>
                {each.document}
              </Anchor>
              {each.disabled && (
                <Badge size="sm" variant="outline" color="gray" c="inherit">
                  {words.disabled}
                </Badge>
              )}
              {each.corrected !== null && (
                <Badge size="sm" variant="outline" c="inherit">
                  {words.corrected}
                </Badge>
              )}
              <Text size="xs" c="dimmed">
                {[each.headings.join(" › "), moments.minute(each.made)].filter(Boolean).join(" · ")}
              </Text>
            </Group>
            {withdraw && (
              <Button size="compact-xs" variant="default" onClick={() => withdraw(each)}>
                {each.state === "orphaned" ? words.discard : words.withdraw}
              </Button>
            )}
          </Group>
          <Text size="xs" c="dimmed" mt={4}>
            {words.original}
          </Text>
          <Text size="sm" className="quoted" lineClamp={6}>
            {each.original}
          </Text>
          {each.corrected !== null && (
            <>
              <Text size="xs" c="dimmed" mt={4}>
                {words.instead}
              </Text>
              <Text size="sm" className="quoted" lineClamp={6}>
                {each.corrected}
              </Text>
            </>
          )}
        </Paper>
      ))}
    </Stack>
  );
}
