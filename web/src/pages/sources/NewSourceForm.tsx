import { Alert, Button, Checkbox, Fieldset, Select, Stack, TagsInput, Text, TextInput, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { Failure, sentenceOf } from "../../api/failure";
import { useNewSource } from "../../api/sources";
import { useWords } from "../../language";
import { FieldRows } from "../../shared/FieldRows";
import { problemsOf } from "../../shared/fields";
import { EMPTY, TIMES, TREES, WEB, type Written, type WrittenKind, isTree, proposed, suggestedName } from "./proposal";
import { SignInFields } from "./SignInFields";

interface Given {
  readonly base: string;
  /** Whether the caller may name folders of the server's disk. */
  readonly owner: boolean;
  readonly done: () => void;
}

/** A source that is to be kept in step with; what is asked depends on its kind. */
export function NewSourceForm({ base, owner, done }: Given) {
  const all = useWords();
  const words = all.sources;
  const [written, setWritten] = useState<Written>(EMPTY);
  const [named, setNamed] = useState(false); // by hand: then the location suggests no name any more
  const [tried, setTried] = useState(false);
  const adding = useNewSource(base);
  const put = (news: Partial<Written>) => setWritten((before) => ({ ...before, ...news }));
  const wrong = problemsOf(written.rows);
  const problems = new Map(
    tried ? [...wrong].map(([key, problem]) => [key, all.library.fields[problem]] as const) : [],
  );
  const param = adding.error instanceof Failure ? (adding.error.param ?? "") : "";
  const failure = adding.error ? sentenceOf(adding.error) : null;
  const blamed = ["location", "name", "hosts", "exclude"].find((field) => param.endsWith(field));

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (written.location.trim() === "" || written.name.trim() === "" || wrong.size > 0) return;
    adding.mutate(proposed(written), { onSuccess: done });
  }

  const kinds: WrittenKind[] = [...WEB, ...(owner ? (["folder"] as const) : []), ...TREES];
  const empty = (text: string, said: string) => (tried && text.trim() === "" ? said : null);
  return (
    <Stack component="form" onSubmit={submit}>
      <Select
        label={words.fields.kind}
        allowDeselect={false}
        data={kinds.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
        value={written.kind}
        onChange={(kind) => kind && put({ kind: kind as WrittenKind })}
      />
      <TextInput
        label={written.kind === "folder" ? words.fields.folder : words.fields.location}
        description={written.kind === "folder" ? words.fields.folderHint : undefined}
        placeholder={words.fields.locations[written.kind]}
        value={written.location}
        error={empty(written.location, words.needLocation) ?? (blamed === "location" && failure)}
        data-autofocus
        onChange={(event) => {
          const location = event.currentTarget.value;
          put({ location, ...(named ? {} : { name: suggestedName(location) }) });
        }}
      />
      <TextInput
        label={words.fields.name}
        description={words.fields.nameHint}
        maxLength={64}
        value={written.name}
        error={empty(written.name, words.needName) ?? (blamed === "name" && failure)}
        onChange={(event) => {
          setNamed(true);
          put({ name: event.currentTarget.value });
        }}
      />
      {isTree(written.kind) && (
        <SignInFields kind={written.kind} given={written.signIn} change={(signIn) => put({ signIn })} />
      )}
      <Select
        label={words.fields.every}
        allowDeselect={false}
        data={Object.keys(TIMES).map((time) => ({
          value: time,
          label: words.fields.times[time as keyof typeof TIMES],
        }))}
        value={written.every}
        onChange={(every) => every && put({ every: every as keyof typeof TIMES })}
      />
      <details>
        <summary style={{ cursor: "pointer" }}>{words.fields.more}</summary>
        <Stack mt="sm">
          <Textarea
            label={words.fields.exclude}
            description={words.fields.excludeHint}
            autosize
            minRows={2}
            maxRows={8}
            value={written.exclude}
            error={blamed === "exclude" && failure}
            onChange={(event) => put({ exclude: event.currentTarget.value })}
          />
          {written.kind === "sitemap" && (
            <TagsInput
              label={words.fields.hosts}
              placeholder={words.fields.hostsHint}
              value={[...written.hosts]}
              error={blamed === "hosts" && failure}
              onChange={(hosts) => put({ hosts })}
              acceptValueOnBlur
            />
          )}
          <Checkbox
            label={words.fields.paused}
            checked={written.paused}
            onChange={(event) => put({ paused: event.currentTarget.checked })}
          />
          <Fieldset legend={words.fields.metadata}>
            <FieldRows rows={written.rows} change={(rows) => put({ rows })} problems={problems} />
          </Fieldset>
        </Stack>
      </details>
      {failure !== null && blamed === undefined && (
        <Alert color="red" variant="outline" role="alert">
          {failure}
        </Alert>
      )}
      {isTree(written.kind) && (
        <Text size="xs" c="dimmed">
          {words.fields.credentialsHint}
        </Text>
      )}
      <Button type="submit" loading={adding.isPending}>
        {words.fields.save}
      </Button>
    </Stack>
  );
}
