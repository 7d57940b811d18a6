import type { App, TaskRequest } from '@lovage/app';
import { lowestFirst, requestFrom } from '@lovage/app';
import type { Envelope } from '@lovage/contracts';
import type { TaskBody, TaskHeaders } from '@lovage/protocol';
import { prioritiesTurned, readBody } from '@lovage/protocol';

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
  const embed = lowestFirst(app.conf) ? prioritiesTurned(body.embed) : body.embed;
  const request = requestFrom(headers, { ...body, embed }, delivery, hostname);
  const ignored = app.tasks.get(headers.task)?.options.ignoreResult && !request.ignoreResult;
  return { body, request: ignored ? { ...request, ignoreResult: true } : request };
}
