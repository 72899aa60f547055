import { Stack, Text, Title } from "@mantine/core";
import { useSearchParams } from "react-router";

import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import { useTitle } from "../../shell/title";
import { RunList } from "./RunList";
import { RunView } from "./RunView";
import { SetList } from "./SetList";
import "./evaluation.css";

/** Question sets and the runs by them; or one run, where the address names it. */
export default function EvaluationPage() {
  const base = useBase();
  const words = useWords().evaluation;
  const [search] = useSearchParams();
  const run = search.get("run");
  useTitle(words.title);
  return (
    <Stack maw={1000} mx="auto" p="md" gap="lg">
      {run === null ? (
        <>
          <div>
            <Title order={1}>{words.title}</Title>
            <Text size="sm" c="dimmed">{words.hint}</Text>
          </div>
          <SetList key={`sets ${base}`} base={base} />
          <RunList key={`runs ${base}`} base={base} />
        </>
      ) : (
        <RunView key={`${base} ${run}`} base={base} id={run} />
      )}
    </Stack>
  );
}
