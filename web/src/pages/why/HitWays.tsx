import { Anchor, Badge, Table, Text, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { Link } from "react-router";

import type { Explained, LegScore, Step, WayOfHit } from "../../api/why";
import { useWords } from "../../language";
import { addressOfSpot, fileName, whereabouts } from "../../shared/places";
import { figure, legName, stageName } from "./naming";

const SHOWN = 120; // characters of a passage

/** Each hit: what the legs said of it, and its place after every stage. */
export function HitWays({ base, found, picked }: { base: string; found: Explained; picked: string }) {
  const words = useWords();
  const { hits } = words.why;
  const legs = [...new Set(found.hits.flatMap((hit) => Object.keys(hit.legs)))];
  return (
    <section aria-labelledby="why-hits">
      <Title order={2} id="why-hits">{hits.title}</Title>
      {found.hits.length === 0 ? <Text c="dimmed">{hits.none}</Text> : (
        <>
          <Text size="sm" c="dimmed" mb="xs">{hits.hint}</Text>
          {/* Whoever uses a keyboard scrolls it, too. */}
          <div className="wide-table" role="region" aria-label={hits.region} tabIndex={0}>
            <Table className="ways" withRowBorders aria-labelledby="why-hits">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>#</Table.Th>
                  <Table.Th className="passage">{hits.passage}</Table.Th>
                  {legs.map((leg) => <Table.Th key={leg}>{legName(words, leg)}</Table.Th>)}
                  {found.stages.map((stage) => <Table.Th key={stage}>{stageName(words, stage)}</Table.Th>)}
                  <Table.Th>{hits.score}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.hits.map((hit) => (
                  <Table.Tr key={hit.chunk} data-picked={hit.document === picked}>
                    <Table.Td>{hit.rank}</Table.Td>
                    <PassageCell base={base} hit={hit} picked={hit.document === picked} />
                    {legs.map((leg) => <LegCell key={leg} score={hit.legs[leg]} />)}
                    {found.stages.map((stage, n) => (
                      <StepCell key={stage} step={hit.stages[stage]} before={hit.stages[found.stages[n - 1] ?? ""]} />
                    ))}
                    <Table.Td>{figure(hit.score)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </>
      )}
    </section>
  );
}

function PassageCell({ base, hit, picked }: { base: string; hit: WayOfHit; picked: boolean }) {
  const words = useWords();
  const where = [...hit.headings.filter((each) => each !== hit.title), whereabouts(words, hit)].filter(Boolean).join(" › ");
  return (
    <Table.Td className="passage">
      <Anchor component={Link} to={addressOfSpot(base, hit)} size="sm">{hit.title || fileName(hit.document)}</Anchor>
      {picked && <Badge ml={6} size="xs" variant="outline" c="inherit" tt="none">{words.why.hits.picked}</Badge>}
      {where !== "" && <Text size="xs" c="dimmed">{where}</Text>}
      <Text size="xs" lineClamp={2}>{hit.text.slice(0, SHOWN)}</Text>
    </Table.Td>
  );
}

function LegCell({ score }: { score: LegScore | undefined }) {
  const words = useWords().why.hits;
  if (score === undefined || score.raw === null) return <Missing label={words.unread} />;
  return (
    <Table.Td>
      {figure(score.raw)}
      <Text size="xs" c="dimmed">{figure(score.normalised)} × {figure(score.weight)}</Text>
      {score.rank !== null && <Text size="xs" c="dimmed">{words.rank(score.rank)}</Text>}
    </Table.Td>
  );
}

function StepCell({ step, before }: { step: Step | undefined; before: Step | undefined }) {
  const words = useWords().why.hits;
  if (step === undefined) return <Missing label={words.notThere} />;
  const gained = before === undefined ? 0 : before.rank - step.rank;
  return (
    <Table.Td>
      <b>{step.rank}</b>
      {gained > 0 && <IconArrowUp size={14} aria-label={words.up} role="img" />}
      {gained < 0 && <IconArrowDown size={14} aria-label={words.down} role="img" />}
      <Text size="xs" c="dimmed">{figure(step.score)}</Text>
    </Table.Td>
  );
}

function Missing({ label }: { label: string }) {
  return <Table.Td><span aria-hidden>–</span><span className="hidden-text">{label}</span></Table.Td>;
}
