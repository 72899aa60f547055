import { ActionIcon, Button, Group, Paper, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";

import { useWords } from "../language";
import { KINDS, type Kind, type Row, freshRow, turned } from "./fields";

interface Given {
  readonly rows: readonly Row[];
  readonly change: (rows: readonly Row[]) => void;
  /** What is wrong, by the keys of rows. */
  readonly problems: ReadonlyMap<string, string>;
  readonly locked?: boolean;
}

/** Fields that are written: a name, a kind, a value. */
export function FieldRows({ rows, change, problems, locked = false }: Given) {
  const words = useWords().library.fields;
  const put = (row: Row) => change(rows.map((each) => (each.key === row.key ? row : each)));
  return (
    <Stack gap="xs">
      {rows.map((row) => (
        <FieldRow
          key={row.key}
          row={row}
          change={put}
          remove={() => change(rows.filter((each) => each.key !== row.key))}
          problem={problems.get(row.key)}
          locked={locked}
        />
      ))}
      {!locked && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => change([...rows, freshRow()])}
        >
          {words.add}
        </Button>
      )}
    </Stack>
  );
}

interface RowGiven {
  readonly row: Row;
  readonly change: (row: Row) => void;
  readonly remove: () => void;
  readonly problem: string | undefined;
  readonly locked: boolean;
}

function FieldRow({ row, change, remove, problem, locked }: RowGiven) {
  const words = useWords().library.fields;
  return (
    <Paper withBorder p="xs" role="group" aria-label={row.name || words.name}>
      <Group gap="xs" align="flex-start" wrap="wrap">
        <TextInput
          w={150}
          label={words.name}
          size="xs"
          value={row.name}
          readOnly={locked}
          maxLength={200}
          onChange={(event) => change({ ...row, name: event.currentTarget.value })}
        />
        <Select
          w={110}
          label={words.kind}
          size="xs"
          readOnly={locked}
          allowDeselect={false}
          data={KINDS.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
          value={row.kind}
          onChange={(kind) => kind && change(turned(row, kind as Kind))}
        />
        <div style={{ flex: 1, minWidth: 160 }}>
          <FieldValue row={row} change={change} problem={problem} locked={locked} />
        </div>
        {!locked && (
          <ActionIcon variant="subtle" c="inherit" mt={22} aria-label={words.remove(row.name)} onClick={remove}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        )}
      </Group>
    </Paper>
  );
}

function FieldValue({ row, change, problem, locked }: Omit<RowGiven, "remove">) {
  const words = useWords().library.fields;
  const given = { label: words.value, size: "xs", error: problem, readOnly: locked } as const;
  if (row.kind === "list") {
    return (
      <TagsInput
        {...given}
        placeholder={words.listHint}
        value={[...row.list]}
        onChange={(list) => change({ ...row, list })}
        acceptValueOnBlur
      />
    );
  }
  if (row.kind === "truth") {
    return (
      <Select
        {...given}
        allowDeselect={false}
        data={[
          { value: "yes", label: words.yes },
          { value: "no", label: words.no },
        ]}
        value={row.text}
        onChange={(text) => text && change({ ...row, text })}
      />
    );
  }
  return (
    <TextInput
      {...given}
      type={row.kind === "date" ? "date" : "text"}
      inputMode={row.kind === "number" ? "decimal" : undefined}
      value={row.text}
      onChange={(event) => change({ ...row, text: event.currentTarget.value })}
    />
  );
}
