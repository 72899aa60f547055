import { Navigate } from "react-router";

import { useBases, useMe } from "../api/queries";
import { chosenBase } from "./base";
import { NewBase } from "./NewBase";
import { Waiting } from "./notices";

/** Asking, of the knowledge base used last; or making the first one. */
export function FirstPage() {
  const me = useMe().data;
  const bases = useBases().data;
  const base = chosenBase(
    undefined,
    bases?.map((each) => each.name),
  );
  if (me === undefined || (base === null && bases === undefined)) return <Waiting />;
  return base === null ? <NewBase me={me} /> : <Navigate to={`/kb/${encodeURIComponent(base)}/ask`} replace />;
}
