import { html } from 'hono/html';
import { type Purpose, readToken } from '../services/links.ts';
import { eventCounts, recentEvents } from '../services/task-events.ts';

const SHOWN = 100;
const STYLE =
  'body{font:15px system-ui;margin:2rem auto;max-width:70rem}td,th{text-align:left;padding:.2rem .8rem .2rem 0}td{border-top:1px solid #ddd}';

const page = (title: string, content: ReturnType<typeof html>) => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head><body><h1>${title}</h1>${content}</body></html>`;

/** What the tasks did. */
export async function tasksPage() {
  const [counts, events] = [await eventCounts(), await recentEvents(SHOWN)];
  return page(
    'What the rota’s tasks did',
    html`<table><tr><th>task</th><th>ended</th><th>times</th></tr>
${counts.map((each) => html`<tr><td>${each.name}</td><td>${each.state}</td><td>${each.times}</td></tr>`)}</table>
<h2>The last ${SHOWN}</h2>
<table><tr><th>at (UTC)</th><th>task</th><th>ended</th><th>with</th></tr>
${events.map((each) => html`<tr><td>${each.at}</td><td title="${each.task_id}">${each.name}</td><td>${each.state}</td><td>${each.detail}</td></tr>`)}</table>`,
  );
}

/** Where the links in mails lead. A mail program that looks at links ahead uses none up: only a POST does. */
export function linkPage(purpose: Purpose, token: string) {
  const { expiresAt } = readToken(purpose, token);
  const what = purpose === 'invitation' ? 'Open your account' : 'Choose a new password';
  return page(
    what,
    html`<p>This link is good until ${expiresAt}. Send <code>{"password": "…"}</code> as JSON with POST to this address.</p>`,
  );
}
