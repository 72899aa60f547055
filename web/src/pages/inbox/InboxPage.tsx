import { Stack, Tabs, Title } from "@mantine/core";
import { useSearchParams } from "react-router";

import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import { useTitle } from "../../shell/title";
import { FeedbackList } from "./FeedbackList";
import { HandoffList } from "./HandoffList";
import { QuestionList } from "./QuestionList";

/** What waits for a person: questions without an answer, what was said of answers, visitors who asked for somebody. */
export default function InboxPage() {
  const base = useBase();
  const words = useWords().inbox;
  const [search, setSearch] = useSearchParams();
  const wanted = search.get("tab");
  const tab = wanted === "handoffs" || wanted === "feedback" ? wanted : "questions";
  useTitle(words.title);
  return (
    <Stack maw={900} mx="auto" p="md">
      <Title order={1}>{words.title}</Title>
      <Tabs value={tab} onChange={(to) => setSearch(to === null || to === "questions" ? {} : { tab: to })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="questions">{words.tabs.questions}</Tabs.Tab>
          <Tabs.Tab value="feedback">{words.tabs.feedback}</Tabs.Tab>
          <Tabs.Tab value="handoffs">{words.tabs.handoffs}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="questions">
          <QuestionList key={base} base={base} />
        </Tabs.Panel>
        <Tabs.Panel value="feedback">
          <FeedbackList key={base} base={base} />
        </Tabs.Panel>
        <Tabs.Panel value="handoffs">
          <HandoffList key={base} base={base} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
