import { Navigate } from "react-router";

import { useBases, useMe } from "../api/queries";
import { chosenBase } from "./base";
import { NewBase } from "./NewBase";
import { Waiting } from "./notices";

/** Asking, of the knowledge base used last; or making the first one. */
export function FirstPage() {
  const me = useMe().data;
  const bases = useBases().data;
  if (me === undefined || bases === undefined) return <Waiting />;
  const base = chosenBase(undefined, bases.map((each) => each.name));
  return base === null ? <NewBase me={me} /> : <Navigate to={`/kb/${encodeURIComponent(base)}/ask`} replace />;
}
