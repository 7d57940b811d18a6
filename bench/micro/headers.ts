/** Headers as Celery's client writes them for a plain call: what makes a small message as large as it is. */
export function celeryHeaders(id: string): Record<string, unknown> {
  return {
    lang: 'js',
    task: 'clinic.mail.send_welcome',
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    group_index: null,
    retries: 0,
    timelimit: [null, null],
    root_id: id,
    parent_id: null,
    argsrepr: "('patient-4711', 'de')",
    kwargsrepr: '{}',
    origin: 'gen4711@clinic-7d9f',
    ignore_result: false,
    replaced_task_nesting: 0,
    stamped_headers: null,
    stamps: {},
  };
}
