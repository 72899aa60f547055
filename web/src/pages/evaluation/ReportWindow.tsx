import { Modal } from "@mantine/core";
import { useMemo } from "react";

import { useReport, type WholeRun } from "../../api/evaluation";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import { still } from "./still";

interface Given {
  readonly base: string;
  readonly run: WholeRun;
  readonly opened: boolean;
  readonly close: () => void;
}

/** The report of a run. Nothing of it may run: it quotes documents, which anybody may have written. */
export function ReportWindow({ base, run, opened, close }: Given) {
  const words = useWords();
  const report = useReport(base, run.id, opened);
  const shown = useMemo(() => (report.data === undefined ? null : still(report.data)), [report.data]);
  const title = words.evaluation.run.reportTitle(run.question_set);
  return (
    <Modal opened={opened} onClose={close} title={title} size="min(1200px, 96vw)">
      {report.error && <FailureNotice error={report.error} again={() => void report.refetch()} />}
      {!report.data && !report.error && <Waiting />}
      {shown !== null && <iframe className="report" title={title} sandbox="" referrerPolicy="no-referrer" srcDoc={shown} />}
    </Modal>
  );
}
