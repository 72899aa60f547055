import { ActionIcon, Button, Group, Paper, Stack, Text, Textarea, Tooltip } from "@mantine/core";
import { IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { baseUrl, request } from "../../api/client";
import { sentenceOf } from "../../api/failure";
import type { Answer } from "../../api/types";
import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import type { AskedTurn } from "./conversations";

interface Given {
  readonly turn: AskedTurn;
  readonly answer: Answer;
  readonly said: (verdict: "right" | "wrong") => void;
}

/** Whether an answer is right, and what the right one would be. */
export function useFeedback({ turn, answer, said }: Given) {
  const base = useBase();
  const [correcting, setCorrecting] = useState(false);
  const [thanked, setThanked] = useState(false);
  const sending = useMutation({
    mutationFn: ({ verdict, correction = "" }: { verdict: "right" | "wrong"; correction?: string }) => {
      const about = { question: turn.question, answer: answer.answer, trace_id: answer.trace_id };
      return request(baseUrl(base, "feedback"), { method: "POST", body: { verdict, correction, ...about } });
    },
    onSuccess: (_, { verdict, correction }) => {
      said(verdict);
      setThanked(true);
      setCorrecting(verdict === "wrong" && correction === undefined);
    },
  });
  return { sending, correcting, thanked, close: () => setCorrecting(false) };
}

export type FeedbackState = ReturnType<typeof useFeedback>;

export function Thumbs({ verdict, feedback }: { verdict: AskedTurn["verdict"]; feedback: FeedbackState }) {
  const words = useWords().ask;
  const thumb = (means: "right" | "wrong", Sign: typeof IconThumbUp) => (
    <Tooltip label={words[means]}>
      <ActionIcon
        variant={verdict === means ? "light" : "subtle"}
        c={verdict === means ? undefined : "inherit"}
        aria-label={words[means]}
        aria-pressed={verdict === means}
        disabled={feedback.sending.isPending}
        onClick={() => feedback.sending.mutate({ verdict: means })}
      >
        <Sign size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
  return (
    <>
      {thumb("right", IconThumbUp)}
      {thumb("wrong", IconThumbDown)}
    </>
  );
}

/** The right answer, in the words of whoever knows it. */
export function Correction({ feedback }: { feedback: FeedbackState }) {
  const words = useWords();
  const [text, setText] = useState("");
  const { sending, correcting, thanked, close } = feedback;

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (text.trim() !== "") sending.mutate({ verdict: "wrong", correction: text.trim() });
  }

  return (
    <div>
      <Text size="sm" role="status" c={sending.error ? "var(--mantine-color-error)" : "dimmed"}>
        {sending.error ? sentenceOf(sending.error) : thanked ? words.ask.thanks : ""}
      </Text>
      {correcting && (
        <Paper component="form" withBorder p="sm" mt={4} onSubmit={submit}>
          <Stack gap="xs">
            <Textarea
              label={words.ask.correction}
              description={words.ask.correctionHint}
              autosize
              minRows={2}
              maxRows={10}
              data-autofocus
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Group gap="xs">
              <Button type="submit" size="xs" loading={sending.isPending} disabled={text.trim() === ""}>
                {words.ask.sendCorrection}
              </Button>
              <Button size="xs" variant="default" onClick={close}>
                {words.shell.cancel}
              </Button>
            </Group>
          </Stack>
        </Paper>
      )}
    </div>
  );
}
