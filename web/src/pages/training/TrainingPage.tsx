import { useParams } from "react-router";

import { useWords } from "../../language";
import { useTitle } from "../../shell/title";
import { RunList } from "./RunList";
import { RunView } from "./RunView";

/** Training runs, or one of them. */
export default function TrainingPage() {
  const words = useWords().training;
  const { run } = useParams();
  useTitle(run ?? words.title);
  return run === undefined ? <RunList /> : <RunView key={run} name={run} />;
}
