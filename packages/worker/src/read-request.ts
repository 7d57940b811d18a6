import type { App, TaskRequest } from '@lovage/app';
import { requestFrom } from '@lovage/app';
import type { Envelope } from '@lovage/contracts';
import type { TaskBody, TaskHeaders } from '@lovage/protocol';
import { readBody } from '@lovage/protocol';

/**
 * Decodes the body and makes the request a task sees. A result is ignored if message or task says so, as in Celery.
 * @throws DecodeError, ContentDisallowed or InvalidTaskError: the message cannot be understood.
 */
export function readRequest(
  app: App,
  hostname: string,
  delivery: { readonly envelope: Envelope; readonly queue: string; readonly redelivered: boolean },
  headers: TaskHeaders,
): { readonly request: TaskRequest; readonly body: TaskBody } {
  const body = readBody(delivery.envelope, {
    accept: app.acceptedContentTypes(),
    maxBytes: app.conf.lovageMaxMessageBytes,
  });
  const request = requestFrom(headers, body, delivery, hostname);
  const ignored = app.tasks.get(headers.task)?.options.ignoreResult && !request.ignoreResult;
  return { body, request: ignored ? { ...request, ignoreResult: true } : request };
}
