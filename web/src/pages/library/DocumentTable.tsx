import { Anchor, Badge, Checkbox, Group, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconFile } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link } from "react-router";

import type { ListedDocument } from "../../api/types";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { addressInLibrary } from "./address";
import { FieldMarks } from "./FieldMarks";
import type { Column, Order } from "./folders";

interface Given {
  readonly base: string;
  readonly listed: readonly ListedDocument[];
  /** Which of them are shown. */
  readonly from: number;
  readonly to: number;
  /** The folder that names are told without. */
  readonly within: string;
  readonly order: Order;
  readonly sort: (order: Order) => void;
  /** The selected documents; `null` where nothing can be selected. */
  readonly selected: ReadonlySet<string> | null;
  readonly select: (selected: ReadonlySet<string>) => void;
}

/** Documents, a row each. */
export function DocumentTable({ base, listed, from, to, within, order, sort, selected, select }: Given) {
  const words = useWords().library;
  const moments = useMoments();
  const documents = listed.slice(from, to);
  const every = useMemo(() => listed.map((each) => each.id), [listed]);

  function mark(ids: readonly string[], checked: boolean): void {
    const after = new Set(selected);
    for (const id of ids) checked ? after.add(id) : after.delete(id);
    select(after);
  }

  return (
    <Table className="documents" aria-label={words.table} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          {selected && (
            <Table.Th className="select">
              <SelectBox label={words.selectAll} ids={every} selected={selected} mark={mark} />
            </Table.Th>
          )}
          <Head column="name" label={words.name} order={order} sort={sort} />
          <Head column="time" label={words.time} order={order} sort={sort} wide />
          <Head column="passages" label={words.passages} order={order} sort={sort} wide />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {documents.map((each) => (
          <Table.Tr key={each.id}>
            {selected && (
              <Table.Td>
                <SelectBox label={words.select(each.id)} ids={[each.id]} selected={selected} mark={mark} />
              </Table.Td>
            )}
            <Table.Td>
              <Group gap="xs" wrap="nowrap" align="flex-start">
                <IconFile size={18} aria-hidden style={{ flexShrink: 0, marginTop: 3 }} />
                <div>
                  <Anchor component={Link} to={addressInLibrary(base, each.id)}>
                    {each.id.slice(within.length)}
                  </Anchor>
                  <Text size="sm" lineClamp={1}>
                    {each.title}
                  </Text>
                  <Group gap={6} mt={2}>
                    <Badge size="sm" variant="outline" c="inherit" color="gray">
                      {each.type}
                    </Badge>
                    <Text size="xs" c="dimmed" hiddenFrom="sm">
                      {moments.day(each.time)} · {words.passageCount(each.passages)}
                    </Text>
                    <FieldMarks metadata={each.metadata} />
                  </Group>
                </div>
              </Group>
            </Table.Td>
            <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>
              {moments.day(each.time)}
            </Table.Td>
            <Table.Td visibleFrom="sm">{each.passages}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface BoxGiven {
  readonly label: string;
  readonly ids: readonly string[];
  readonly selected: ReadonlySet<string>;
  readonly mark: (ids: readonly string[], checked: boolean) => void;
}

function SelectBox({ label, ids, selected, mark }: BoxGiven) {
  const all = ids.length > 0 && ids.every((id) => selected.has(id));
  return (
    <Checkbox
      aria-label={label}
      checked={all}
      indeterminate={!all && ids.some((id) => selected.has(id))}
      onChange={() => mark(ids, !all)}
    />
  );
}

interface HeadGiven {
  readonly column: Column;
  readonly label: string;
  readonly order: Order;
  readonly sort: (order: Order) => void;
  /** Whether it is left out on a phone. */
  readonly wide?: boolean;
}

function Head({ column, label, order, sort, wide = false }: HeadGiven) {
  const words = useWords().library;
  const sorted = order.column === column;
  const Sign = order.down ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th
      visibleFrom={wide ? "sm" : undefined}
      w={wide ? 130 : undefined}
      aria-sort={sorted ? (order.down ? "descending" : "ascending") : "none"}
    >
      <UnstyledButton
        fw={700}
        fz="sm"
        style={{ whiteSpace: "nowrap" }}
        aria-label={words.sort(label)}
        onClick={() => sort({ column, down: sorted && !order.down })}
      >
        {label} {sorted && <Sign size={13} aria-hidden />}
      </UnstyledButton>
    </Table.Th>
  );
}
