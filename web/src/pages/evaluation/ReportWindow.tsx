import { Modal } from "@mantine/core";

import { useReport, type WholeRun } from "../../api/evaluation";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";

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
  const title = words.evaluation.run.reportTitle(run.question_set);
  return (
    <Modal opened={opened} onClose={close} title={title} size="min(1200px, 96vw)" closeButtonProps={{ "aria-label": words.shell.close }}>
      {report.error && <FailureNotice error={report.error} again={() => void report.refetch()} />}
      {!report.data && !report.error && <Waiting />}
      {report.data && <iframe className="report" title={title} sandbox="" referrerPolicy="no-referrer" srcDoc={report.data} />}
    </Modal>
  );
}
