import { Button, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";

import { type Said, useSaid } from "../../api/inbox";
import { useWords } from "../../language";
import { FormWindow } from "../../shared/FormWindow";
import { FailureNotice, Waiting } from "../../shell/notices";
import { CuratedForm } from "./CuratedForm";
import { FeedbackCard } from "./FeedbackCard";

/** What people said of answers; a right one that somebody wrote can become a curated answer. */
export function FeedbackList({ base }: { base: string }) {
  const words = useWords().inbox;
  const said = useSaid(base);
  const [answering, setAnswering] = useState<Said | null>(null);
  if (said.error) return <FailureNotice error={said.error} again={() => void said.refetch()} />;
  if (!said.data) return <Waiting />;
  const shown = told(said.data.pages.flatMap((page) => page.feedback));

  function answered(): void {
    setAnswering(null);
    notifications.show({ message: words.feedback.saved, withBorder: true });
  }

  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {shown.length === 0 ? words.feedback.none : words.feedback.hint}
      </Text>
      {shown.map((each) => (
        <FeedbackCard key={each.n} said={each} byAnswer={() => setAnswering(each)} />
      ))}
      {said.hasNextPage && (
        <Button variant="default" loading={said.isFetchingNextPage} onClick={() => void said.fetchNextPage()}>
          {words.handoffs.more}
        </Button>
      )}
      <FormWindow opened={answering !== null} close={() => setAnswering(null)} title={words.byAnswer} size="lg">
        {answering && (
          <CuratedForm
            base={base}
            question={{ question: answering.question ?? "", nearest: [] }}
            written={answering.correction}
            done={answered}
          />
        )}
      </FormWindow>
    </Stack>
  );
}

/** Without the thumb of whoever went on to write the right answer: that says it, too. */
function told(said: readonly Said[]): Said[] {
  const corrected = new Set(said.filter((each) => each.correction).map((each) => each.trace_id));
  return said.filter((each) => each.verdict === "right" || each.correction || !corrected.has(each.trace_id));
}
