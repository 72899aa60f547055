import { Alert, Anchor, Stack } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "react-router";

import { useWords } from "../language";
import { forget } from "./base";

/** For an address that names a knowledge base which is not there, or not for this caller. */
export function UnknownBase({ name }: { name: string }) {
  const words = useWords().shell;
  useEffect(() => forget(name), [name]);
  return (
    <Alert color="gray" variant="outline" role="alert" m="md">
      <Stack gap="xs" align="flex-start">
        {words.noBase.unknown(name)}
        <Anchor component={Link} to="/">
          {words.failure.home}
        </Anchor>
      </Stack>
    </Alert>
  );
}
