import { Group, Text, Tooltip } from "@mantine/core";
import { IconCircleCheck, IconCircleDashedCheck, IconHelpCircle } from "@tabler/icons-react";

import { useWords } from "../../language";

const HIGH = 0.9;
const MEDIUM = 0.7;

/** How sure the engine is, in words and as a number. */
export function Confidence({ value }: { value: number }) {
  const words = useWords().ask.confidence;
  const level = value >= HIGH ? "high" : value >= MEDIUM ? "medium" : "low";
  const Sign = { high: IconCircleCheck, medium: IconCircleDashedCheck, low: IconHelpCircle }[level];
  return (
    <Tooltip label={words.hint} multiline maw={280}>
      <Group gap={4} wrap="nowrap" tabIndex={0} style={{ borderRadius: 6 }}>
        <Sign size={16} aria-hidden />
        <Text size="sm">
          <span className="hidden-text">{words.label}: </span>
          {words[level]} · {words.percent(Math.floor(value * 100))}
        </Text>
      </Group>
    </Tooltip>
  );
}
