import { Stack, Text, Title } from "@mantine/core";

import { may } from "../../routes";
import { useMe } from "../../api/queries";
import { useExplained, useVerdict } from "../../api/why";
import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useTitle } from "../../shell/title";
import { type AskedHere, useAsked } from "./asked";
import { DocumentVerdict } from "./DocumentVerdict";
import { HitWays } from "./HitWays";
import { LeftOut } from "./LeftOut";
import { QuestionForm } from "./QuestionForm";
import { StageTimes } from "./StageTimes";
import { Understood } from "./Understood";
import "./why.css";

/** One question on its way through the search, and what became of a document there. */
export default function WhyPage() {
  const base = useBase();
  const words = useWords().why;
  const [asked, look] = useAsked();
  useTitle(words.title);
  return (
    <Stack maw={1100} mx="auto" p="md">
      <Title order={1}>{words.title}</Title>
      <Text size="sm" c="dimmed">{words.hint}</Text>
      <LookedInto key={base} base={base} asked={asked} look={look} />
    </Stack>
  );
}

function LookedInto({ base, asked, look }: { base: string; asked: AskedHere; look: (asked: AskedHere) => void }) {
  const me = useMe().data;
  const search = useExplained(base, asked);
  const verdict = useVerdict(base, asked, asked.document, asked.ask);
  const again = () => void Promise.all([search.refetch(), verdict.refetch()]);
  const busy = search.isFetching || verdict.isFetching;
  const followed = asked.question !== "" && asked.document !== "";

  function lookOrAgain(next: AskedHere): void {
    if (JSON.stringify(next) === JSON.stringify(asked)) again();
    else look(next);
  }

  return (
    <Stack gap="lg">
      <QuestionForm key={JSON.stringify(asked)} base={base} asked={asked} busy={busy} look={lookOrAgain} />
      {followed && verdict.error && <FailureNotice error={verdict.error} again={() => void verdict.refetch()} />}
      {followed && verdict.isPending && !verdict.error && <Waiting />}
      {followed && verdict.data && (
        <DocumentVerdict
          key={`${asked.question} ${asked.document}`}
          base={base}
          asked={asked}
          verdict={verdict.data}
          asking={verdict.isFetching}
          look={look}
          edits={me !== undefined && may(me, "admin")}
        />
      )}
      {search.error && <FailureNotice error={search.error} again={() => void search.refetch()} />}
      {asked.question !== "" && search.isPending && !search.error && <Waiting />}
      {search.data && (
        <>
          <Understood found={search.data} />
          <StageTimes found={search.data} />
          <HitWays base={base} found={search.data} picked={asked.document} />
          <LeftOut found={search.data} pick={(document) => look({ ...asked, document })} />
        </>
      )}
    </Stack>
  );
}
