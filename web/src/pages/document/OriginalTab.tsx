import { Alert, Button, Image, Stack } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { Suspense, lazy, useEffect, useState } from "react";

import { Failure } from "../../api/failure";
import { useOriginal } from "../../api/queries";
import type { WholeDocument } from "../../api/types";
import { useWords } from "../../language";
import { fileName } from "../../shared/places";
import { FailureNotice, Waiting } from "../../shell/notices";
import type { Settled } from "./settled";

const PdfPages = lazy(() => import("./PdfPages"));
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The file as it was brought, where the server still has it. */
export function OriginalTab({ base, document, passage }: { base: string; document: WholeDocument; passage: Settled }) {
  const words = useWords().document;
  const file = useOriginal(base, document.id);
  if (isGone(file.error))
    return (
      <Alert color="gray" variant="outline">
        {words.noOriginal}
      </Alert>
    );
  if (file.error) return <FailureNotice error={file.error} again={() => void file.refetch()} />;
  if (!file.data) return <Waiting />;
  return (
    <Stack gap="sm" align="stretch">
      <DownloadButton file={file.data} name={fileName(document.id)} />
      {document.type === "pdf" ? (
        <Suspense fallback={<Waiting />}>
          <PdfPages base={base} document={document.id} file={file.data} passage={passage} />
        </Suspense>
      ) : PICTURES.includes(file.data.type) ? (
        <PictureFile file={file.data} name={document.title} />
      ) : (
        <Alert color="gray" variant="outline">
          {words.noPreview}
        </Alert>
      )}
    </Stack>
  );
}

/** Whether there is no such file, which is no failure. */
export function isGone(error: unknown): boolean {
  return error instanceof Failure && error.status === 404;
}

function DownloadButton({ file, name }: { file: Blob; name: string }) {
  const words = useWords().document;
  const address = useBlobAddress(file, "application/octet-stream");
  return (
    <Button
      component="a"
      href={address}
      download={name}
      variant="default"
      size="xs"
      leftSection={<IconDownload size={14} aria-hidden />}
      style={{ alignSelf: "flex-start" }}
    >
      {words.download}
    </Button>
  );
}

function PictureFile({ file, name }: { file: Blob; name: string }) {
  return <Image src={useBlobAddress(file, file.type)} alt={name} fit="contain" mah="75vh" />;
}

/** An address of bytes within this page. They are never opened as a page of their own: a picture at most is shown. */
function useBlobAddress(file: Blob, type: string): string {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(file.slice(0, file.size, type));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file, type]);
  return address;
}
