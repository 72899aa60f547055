import { useWords } from "../../language";

export default function AskPage() {
  return <h1>{useWords().ask.title}</h1>;
}
