import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { Link, useRouteError } from "react-router";

import { useWords } from "../language";

/** Instead of a page that failed, as one whose code could not be loaded. */
export function PageFailure() {
  const words = useWords().shell.failure;
  console.error(useRouteError());
  return (
    <Alert color="red" role="alert" m="md" variant="outline">
      <Stack gap="xs" align="flex-start">
        {words.page}
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          {words.reload}
        </Button>
      </Stack>
    </Alert>
  );
}

/** For an address that leads nowhere. */
export function NoPage() {
  const words = useWords().shell.failure;
  return (
    <Alert color="gray" m="md" variant="outline">
      <Stack gap="xs" align="flex-start">
        {words.noPage}
        <Anchor component={Link} to="/">
          {words.home}
        </Anchor>
      </Stack>
    </Alert>
  );
}
