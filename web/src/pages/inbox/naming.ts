/** What the things are called that answer a question. */

const FOLDER = "answers";
const LONGEST = 60; // characters: a part of a document's name has 200 bytes at most

/** The document that a title becomes; `null` where nothing of it can stand in a file's name. */
export function documentOf(title: string): string | null {
  const name = plain(title).replace(/^[.\s]+/, "");
  return name === "" ? null : `${FOLDER}/${name}.md`;
}

/** A question without the signs around it. */
export function heart(question: string): string {
  return question
    .normalize("NFC")
    .trim()
    .replace(/[\s?？!！.。…~～,，;；:：]+$/u, "");
}

/** What a rule that answers a question may be called. */
export function ruleOf(question: string): string {
  return plain(heart(question)) || FOLDER;
}

function plain(text: string): string {
  const sound = text
    .normalize("NFC")
    .replace(/[\\/:*?"<>|\p{Cc}\p{Cs}\u2028\u2029]+/gu, " ")
    .replace(/\s+/g, " ");
  return [...sound.trim()].slice(0, LONGEST).join("").trim();
}
