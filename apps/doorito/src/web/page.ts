import type { EventView } from '@lovage/outbox';
import { html } from 'hono/html';
import type { TaskRun, UploadFile } from '../database.ts';
import { settings } from '../environment.ts';
import { iso } from '../portal/uploads.ts';

export interface Shown {
  readonly files: readonly UploadFile[];
  readonly events: readonly EventView[];
  readonly runs: readonly TaskRun[];
}

/** Uploads, what was told of them, and what the tasks did. All that is put in is escaped. */
export const page = ({ files, events, runs }: Shown) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>doorito</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; min-width: 5.5rem; }
</style>
<h1>doorito</h1>
<p><input type="file" id="file" aria-label="File to upload"> <button id="send">Upload</button> <output id="said"></output></p>
<p>At most ${settings.uploadMaxBytes.toLocaleString('en')} bytes; kept for ${settings.uploadTtlHours} hours.</p>
<h2>Files</h2>
<table><tr><th>Name<th>Type<th>Bytes<th>Until</tr>
${files.map((file) => html`<tr><td><a href="/files/${file.id}/content">${file.name}</a><td>${file.content_type}<td>${file.size}<td>${iso(Number(file.expires_at))}</tr>`)}
</table>
<h2>Events</h2>
<table><tr><th>At<th>Type<th>File<th>State</tr>
${events.map((event) => html`<tr><td>${event.createdAt.toISOString()}<td>${event.type}<td>${nameIn(event.data)}<td>${event.status}</tr>`)}
</table>
<h2>Tasks</h2>
<table><tr><th>Ended<th>Task<th>State<th>Outcome</tr>
${runs.map((run) => html`<tr><td>${iso(Number(run.ended_at))}<td>${run.task}<td>${run.state}<td>${run.outcome}</tr>`)}
</table>
<script src="/page.js"></script>
</html>`;

/** A script of its own, so that none within the page is run. */
export const SCRIPT = `
document.getElementById('send').onclick = async () => {
  const [file] = document.getElementById('file').files;
  if (!file) return;
  const answer = await fetch('/files?name=' + encodeURIComponent(file.name), { method: 'POST', body: file });
  if (answer.ok) location.reload();
  else document.getElementById('said').textContent = (await answer.json()).error;
};`;

const nameIn = (data: unknown): string => String((data as { readonly name?: unknown } | null)?.name ?? '');
