import { Stack, Tabs, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { sentenceOf } from "../../api/failure";
import { useMe } from "../../api/queries";
import { useSaveSettings } from "../../api/settings";
import { useWords } from "../../language";
import { CommonFields } from "./CommonFields";
import { Care } from "./Care";
import { LeaveGuard } from "./LeaveGuard";
import { SaveBar } from "./SaveBar";
import { TomlEditor } from "./TomlEditor";
import { WidgetFields } from "./WidgetFields";
import { lineNamed, settingNamed } from "./editing";

const PARTS = ["common", "widget", "text", "care"] as const;
type Part = (typeof PARTS)[number];

/** One text, wenyuan.toml, that may be written in fields or as it is. */
export function SettingsDesk({ base, kept }: { base: string; kept: string }) {
  const words = useWords().settings;
  const me = useMe().data;
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState(kept);
  const [before, setBefore] = useState<string | null>(null); // what was kept before settings with which it does not open
  const saving = useSaveSettings(base);
  const part = PARTS.find((each) => each === search.get("part")) ?? "common";
  const error = saving.error ?? saving.data?.broken ?? null;
  const sentence = error === null ? null : sentenceOf(error);
  const line = sentence === null ? null : lineNamed(text, sentence);
  const blamed = sentence === null ? null : settingNamed(sentence);

  function open(next: Part): void {
    setSearch(next === "common" ? {} : { part: next }, { replace: true });
  }

  function change(next: string): void {
    setText(next);
    if (saving.error) saving.reset();
  }

  function save(next: string): void {
    const last = kept;
    saving.mutate(next, {
      onSuccess: ({ broken }) => {
        setBefore(broken === null ? null : last);
        setText(next);
        if (broken === null) notifications.show({ message: words.saved, withBorder: true });
      },
    });
  }

  const shared = { text, change, blamed, failure: sentence };
  return (
    <Stack maw={900} mx="auto" p="md">
      <LeaveGuard dirty={text !== kept} />
      <div>
        <Title order={1}>{words.title}</Title>
        <Text c="dimmed" size="sm">{words.hint(base)}</Text>
      </div>
      <Tabs value={part} onChange={(next) => open(next as Part)} keepMounted={false}>
        <Tabs.List mb="md">
          {PARTS.map((each) => <Tabs.Tab key={each} value={each}>{words.parts[each]}</Tabs.Tab>)}
        </Tabs.List>
        <Tabs.Panel value="common"><CommonFields {...shared} owner={me?.owner ?? false} /></Tabs.Panel>
        <Tabs.Panel value="widget"><WidgetFields {...shared} /></Tabs.Panel>
        <Tabs.Panel value="text"><TomlEditor text={text} change={change} wrong={line} /></Tabs.Panel>
        <Tabs.Panel value="care"><Care base={base} whole={me?.only === null} /></Tabs.Panel>
      </Tabs>
      <SaveBar
        dirty={text !== kept}
        busy={saving.isPending}
        failure={sentence}
        broken={saving.error === null && error !== null}
        line={line}
        save={() => save(text)}
        discard={() => change(kept)}
        goToLine={part === "text" ? null : () => open("text")}
        takeBack={before === null ? null : () => save(before)}
      />
    </Stack>
  );
}
