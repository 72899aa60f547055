import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { IconSearchOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";

import { baseUrl, request } from "../../api/client";
import type { Answer, Found, Hit, Turn } from "../../api/types";
import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import { fileName, whereabouts } from "../../shared/places";
import { Waiting } from "../../shell/notices";
import type { AskedTurn } from "./conversations";
import { EVERYTHING, filterOf } from "./scope";
import { SpotLink } from "./SpotLink";

const NEAREST = 3;
const SAYS = /[\p{L}\p{N}]/u; // nothing is near to a question of signs

/** Why there is no answer, and what comes nearest to one. */
export function Declined({ turn, answer, history }: { turn: AskedTurn; answer: Answer; history: readonly Turn[] }) {
  const words = useWords().ask;
  return (
    <Alert
      color="gray"
      variant="default"
      icon={<IconSearchOff aria-hidden />}
      title={words.declined}
      styles={{ title: { color: "inherit" } }}
    >
      <Stack gap="xs">
        <Text size="sm">{answer.reason}</Text>
        {SAYS.test(turn.question) && <NearestSections turn={turn} history={history} />}
      </Stack>
    </Alert>
  );
}

function NearestSections({ turn, history }: { turn: AskedTurn; history: readonly Turn[] }) {
  const words = useWords().ask;
  const base = useBase();
  const found = useQuery({
    queryKey: ["base", base, "nearest", turn.question, turn.scope, history],
    queryFn: ({ signal }) => {
      const body = { question: turn.question, history, k: NEAREST, filter: filterOf(turn.scope ?? EVERYTHING) };
      return request<Found>(baseUrl(base, "search"), { method: "POST", body, signal });
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (found.error) return null; // the reason stands above
  if (!found.data) return <Waiting />;
  if (found.data.hits.length === 0) return <Text size="sm">{words.noNearest}</Text>;
  return (
    <section aria-label={words.nearest}>
      <Text size="sm" fw={600}>
        {words.nearest}
      </Text>
      <Stack gap={6} component="ul" m={0} mt={4} pl="md">
        {found.data.hits.map((hit) => (
          <li key={hit.chunk}>
            <NearSection hit={hit} />
          </li>
        ))}
      </Stack>
    </section>
  );
}

function NearSection({ hit }: { hit: Hit }) {
  const words = useWords();
  const standing = [fileName(hit.document), ...hit.headings, whereabouts(words, hit)].filter(Boolean).join(" › ");
  return (
    <>
      <Anchor component={SpotLink} spot={hit} quote={hit.text} size="sm">
        {standing}
      </Anchor>
      <Text size="sm" c="dimmed" lineClamp={2}>
        {hit.text}
      </Text>
    </>
  );
}
