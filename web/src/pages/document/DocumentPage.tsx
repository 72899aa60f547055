import { useWords } from "../../language";

export default function DocumentPage() {
  return <h1>{useWords().document.title}</h1>;
}
