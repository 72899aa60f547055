import { useMe } from "../../api/queries";
import { may } from "../../routes";
import { useBase } from "../../shell/base";
import { useOpenDocument } from "./address";
import { DocumentDesk } from "./DocumentDesk";
import { Shelves } from "./Shelves";

/** All documents of a knowledge base, or one of them beside its passages. */
export default function LibraryPage() {
  const base = useBase();
  const me = useMe().data;
  const document = useOpenDocument();
  const mayChange = me !== undefined && may(me, "ingest");
  const tenant = me?.tenant ?? "";
  if (document !== null)
    return <DocumentDesk key={`${base}/${document}`} base={base} document={document} mayChange={mayChange} />;
  return <Shelves key={`${tenant}/${base}`} tenant={tenant} base={base} mayChange={mayChange} />;
}
