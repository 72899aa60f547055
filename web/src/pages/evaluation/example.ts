/** Two questions, for whoever has none yet: one that a document answers, and one that none does. */
export function exampleOf(document: string): string {
  const lines = [
    { question: "How long does the warranty last?", document },
    { question: "Who invented the moon?", answerable: false },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
