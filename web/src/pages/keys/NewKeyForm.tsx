import { Alert, Button, Checkbox, Radio, Select, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type MouseEvent, useState } from "react";

import { sentenceOf } from "../../api/failure";
import { type MadeKey, useNewKey } from "../../api/keys";
import { useBases, useMe } from "../../api/queries";
import { signIn } from "../../api/session";
import { useWords } from "../../language";
import { chosenBase } from "../../shell/base";
import { askerOf, handOver } from "../ask/conversations";
import { type WrittenKey, emptyKey, keyOf } from "./making";
import { RightsField } from "./RightsField";

interface Given {
  /** Whether the server has no key yet: then it is one that may administer, so that nobody is shut out. */
  readonly first: boolean;
  readonly made: (key: MadeKey) => void;
}

/** A key for a person or a program, or for the pages of a site. */
export function NewKeyForm({ first, made }: Given) {
  const words = useWords().keys;
  const bases = (useBases().data ?? []).map((each) => each.name);
  const [written, setWritten] = useState<WrittenKey>(() => emptyKey(first, chosenBase(undefined, bases)));
  const [enter, setEnter] = useState(true);
  const [kept, setKept] = useState(false);
  const [tried, setTried] = useState(false);
  const queries = useQueryClient();
  const me = useMe().data;
  const making = useNewKey();
  const put = (news: Partial<WrittenKey>) => setWritten((before) => ({ ...before, ...news }));
  const site = written.use === "site";
  const admin = !site && written.rights.includes("admin");
  const wanted = {
    name: written.name.trim() === "" ? words.needName : null,
    rights: !site && written.rights.length === 0 ? words.needRight : null,
    origins: site && written.origins.length === 0 ? words.needOrigin : null,
    only: site && written.only === null ? words.needBase : null,
  };

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (Object.values(wanted).some((each) => each !== null)) return;
    making.mutate(keyOf(written), {
      onSuccess: (key) => {
        if (first && enter) {
          if (me) handOver(askerOf(me), askerOf({ ...me, name: key.name }));
          signIn(key.secret, kept); // before anything is asked again, which would be turned away
        }
        if (!first || enter) void queries.invalidateQueries();
        made(key);
      },
    });
  }

  const said = (problem: string | null) => (tried ? problem : null);
  return (
    <Stack component="form" onSubmit={submit}>
      {first ? (
        <Text size="sm">{words.firstHint}</Text>
      ) : (
        <Radio.Group label={words.use} value={written.use} onChange={(use) => put({ use: use as WrittenKey["use"] })}>
          <Stack gap="xs" mt={4}>
            <Radio value="program" label={words.uses.program} />
            <Radio value="site" label={words.uses.site} description={words.siteHint} />
          </Stack>
        </Radio.Group>
      )}
      <TextInput
        label={words.name}
        description={words.nameHint}
        maxLength={200}
        value={written.name}
        error={said(wanted.name)}
        data-autofocus
        onChange={(event) => put({ name: event.currentTarget.value })}
      />
      {site && (
        <>
          <Select
            label={words.only}
            data={bases}
            value={written.only}
            error={said(wanted.only)}
            allowDeselect={false}
            onChange={(only) => put({ only })}
          />
          <TagsInput
            label={words.origins}
            description={words.originsHint}
            placeholder="https://shop.example.com"
            value={[...written.origins]}
            error={said(wanted.origins)}
            acceptValueOnBlur
            onChange={(origins) => put({ origins })}
          />
        </>
      )}
      {!site && !first && <RightsField rights={written.rights} error={said(wanted.rights)} change={(rights) => put({ rights })} />}
      {!admin && (
        <TagsInput
          label={words.groups}
          description={site ? words.groupsOfSite : words.groupsHint}
          value={[...written.groups]}
          acceptValueOnBlur
          onChange={(groups) => put({ groups })}
        />
      )}
      {first && (
        <Stack gap="xs">
          <Checkbox label={words.enter} description={words.enterHint} checked={enter} onChange={(event) => setEnter(event.currentTarget.checked)} />
          {enter && <Checkbox label={words.keep} checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />}
        </Stack>
      )}
      {making.error && <Alert color="red" variant="outline" role="alert">{sentenceOf(making.error)}</Alert>}
      <Button type="submit" loading={making.isPending} onMouseDown={(event) => event.preventDefault()} onClick={takeWritten}>
        {words.make}
      </Button>
    </Stack>
  );
}

/** Has a field take what is written in it with the click, not before it, when the button would move from under it. */
function takeWritten({ detail }: MouseEvent): void {
  if (detail > 0 && document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
