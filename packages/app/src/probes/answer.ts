/** What a probe is told. */
export interface ProbeAnswer {
  readonly status: number;
  /** Of its content. */
  readonly type: string;
  readonly body: string;
}

/** 200 without problems, 503 with any, and what is known of whoever answers. */
export function probeVerdict(facts: object, problems: readonly string[]): ProbeAnswer {
  const ok = problems.length === 0;
  const body = { status: ok ? 'ok' : 'failing', ...facts, problems };
  return { status: ok ? 200 : 503, type: 'application/json', body: `${JSON.stringify(body)}\n` };
}

export const probeText = (status: number, body: string): ProbeAnswer => ({
  status,
  type: 'text/plain',
  body: `${body}\n`,
});
