import { ColorInput, Select, Text, TextInput, Textarea } from "@mantine/core";
import { useId } from "react";

import { useWords } from "../../language";
import { NumberField } from "./NumberField";
import { type Value, put, told } from "./editing";
import type { Field } from "./fields";

export interface Draft {
  /** The text of wenyuan.toml as it is being written. */
  readonly text: string;
  readonly change: (text: string) => void;
  /** The setting that the server refused, and what it said. */
  readonly blamed: string | null;
  readonly failure: string | null;
}

/** A setting: what it does, and its value, empty where its default holds. */
export function SettingField({ field, owner = true, ...draft }: Draft & { field: Field; owner?: boolean }) {
  const words = useWords().settings;
  const id = useId();
  const [label, hint] = words.fields[field.name];
  const locked = field.owner === true && !owner;
  const now = told(draft.text, field.name);
  return (
    <div className="setting-row">
      <div>
        <Text component="label" htmlFor={id} size="sm" fw={600}>{label}</Text>
        <Text id={`${id}-hint`} size="xs" c="dimmed">{hint}</Text>
        <Text size="xs" c="dimmed" ff="monospace">{field.name}</Text>
      </div>
      {now.kind === "other" ? (
        <Text size="sm" id={id}>{words.inText}</Text>
      ) : (
        <Control id={id} field={field} value={now.kind === "set" ? now.value : null} locked={locked} draft={draft} />
      )}
    </div>
  );
}

interface Given {
  readonly id: string;
  readonly field: Field;
  readonly value: Value | null;
  readonly locked: boolean;
  readonly draft: Draft;
}

function Control({ id, field, value, locked, draft }: Given) {
  const all = useWords();
  const words = all.settings;
  const set = (next: Value | null) => draft.change(put(draft.text, field.name, next));
  const word = typeof value === "string" ? value : value === null ? "" : String(value);
  const usual = String(field.usual);
  const shared = {
    id,
    "aria-describedby": `${id}-hint`,
    error: draft.blamed === field.name ? draft.failure : null,
    readOnly: locked,
    description: locked ? words.ownerOnly : undefined,
    placeholder: usual === "" ? words.none : words.usually(usual),
  };
  const typed = (event: { currentTarget: { value: string } }) => set(event.currentTarget.value === "" ? null : event.currentTarget.value);
  switch (field.shape) {
    case "number":
      return (
        <NumberField
          {...shared}
          value={typeof value === "number" ? value : word}
          min={field.range?.[0]}
          max={field.range?.[1]}
          step={field.step ?? 1}
          description={field.range && words.range(field.range[0], field.range[1])}
          change={set}
        />
      );
    case "choice": {
      const choices = (field.choices ?? []).map((each) => ({ value: each as string, label: words.choices[each] }));
      const known = value === null || choices.some((each) => each.value === word);
      return (
        <Select
          {...shared}
          data={known ? choices : [...choices, { value: word, label: word }]}
          value={value === null ? usual : word}
          allowDeselect={false}
          onChange={(next) => set(next === usual ? null : next)}
        />
      );
    }
    case "colour":
      return <ColorInput {...shared} format="hex" value={word} popoverProps={{ withinPortal: true }} eyeDropperButtonProps={{ "aria-label": words.pick }} onChange={(next) => set(next === "" ? null : next)} />;
    case "lines":
      return <Textarea {...shared} autosize minRows={2} maxRows={6} maxLength={field.most} value={word} onChange={typed} />;
    default:
      return <TextInput {...shared} maxLength={field.most} value={word} onChange={typed} />;
  }
}
