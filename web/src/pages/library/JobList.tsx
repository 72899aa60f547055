import { Badge, Button, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "../../api/client";
import { type Job, isOver, useJobs } from "../../api/library";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { FailureNotice, Waiting } from "../../shell/notices";

/** What the server has been doing with the documents. */
export function JobList({ base }: { base: string }) {
  const words = useWords().library.jobs;
  const jobs = useJobs(base, true);
  if (jobs.error) return <FailureNotice error={jobs.error} again={() => void jobs.refetch()} />;
  if (!jobs.data) return <Waiting />;
  if (jobs.data.length === 0) return <Text c="dimmed">{words.none}</Text>;
  return (
    <Stack gap="xs">
      {jobs.data.map((job) => (
        <JobEntry key={job.id} base={base} job={job} />
      ))}
    </Stack>
  );
}

function JobEntry({ base, job }: { base: string; job: Job }) {
  const words = useWords().library.jobs;
  const moments = useMoments();
  const queries = useQueryClient();
  const stopping = useMutation({
    mutationFn: () => request(`/api/jobs/${encodeURIComponent(job.id)}`, { method: "DELETE" }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["base", base, "jobs"] }),
  });
  const kinds: Readonly<Record<string, string>> = words.kinds;
  const { report, progress } = job;
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="sm">
          <Text fw={600} size="sm">
            {kinds[job.kind] ?? job.kind}
          </Text>
          <Badge size="sm" variant="outline" c="inherit" color={job.state === "failed" ? "red" : "gray"}>
            {words.states[job.state]}
          </Badge>
          <Text size="xs" c="dimmed">
            {moments.minute(job.created)}
          </Text>
        </Group>
        {!isOver(job) && (
          <Button size="compact-xs" variant="default" loading={stopping.isPending} onClick={() => stopping.mutate()}>
            {words.stop}
          </Button>
        )}
      </Group>
      {progress && !isOver(job) && (
        <>
          <Progress
            mt="xs"
            size="sm"
            value={(progress.part ?? (progress.total ? progress.done / progress.total : 0)) * 100}
            aria-label={progress.document}
          />
          <Text size="xs" c="dimmed" truncate="end">
            {progress.total === null
              ? progress.document
              : `${words.progress(progress.done, progress.total)} · ${progress.document}`}
          </Text>
        </>
      )}
      {report && (
        <Text size="sm" mt={4}>
          {words.sum(
            report.added.length,
            report.changed.length + report.moved.length,
            report.deleted.length,
            Object.keys(report.failed).length,
          )}
        </Text>
      )}
      {job.error && (
        <Text size="sm" c="var(--mantine-color-error)">
          {job.error.message}
        </Text>
      )}
    </Paper>
  );
}
