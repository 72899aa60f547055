import { Fieldset, PasswordInput, Stack, TextInput } from "@mantine/core";

import { useWords } from "../../language";
import type { WrittenKind } from "./proposal";

interface Given {
  readonly kind: WrittenKind;
  readonly given: Readonly<Record<string, string>>;
  readonly change: (given: Readonly<Record<string, string>>) => void;
}

/** What a tree of files asks of whoever reads it. */
export function SignInFields({ kind, given, change }: Given) {
  const words = useWords().sources;
  const fields = {
    s3: ["key", "secret", "token", "endpoint"],
    webdav: ["user", "password"],
    sftp: ["user", "password"],
  } as const;
  if (kind !== "s3" && kind !== "webdav" && kind !== "sftp") return null;
  return (
    <Fieldset legend={words.fields.credentials}>
      <Stack gap="xs">
        {fields[kind].map((field) => {
          const shared = {
            label: words.fields[field],
            value: given[field] ?? "",
            autoComplete: "off",
            onChange: (event: { currentTarget: { value: string } }) =>
              change({ ...given, [field]: event.currentTarget.value }),
          };
          const hidden = field === "secret" || field === "password" || field === "token";
          return hidden ? (
            <PasswordInput key={field} {...shared} visibilityToggleButtonProps={{ "aria-label": words.show }} />
          ) : (
            <TextInput key={field} {...shared} />
          );
        })}
      </Stack>
    </Fieldset>
  );
}
