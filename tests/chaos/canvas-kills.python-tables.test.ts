import { onPythonTables } from './canvas-kill-stores.ts';

const SHORT = { workflows: 10, kills: 6, killingMs: 7000 };
const TIMEOUT_MS = 85_000;

onPythonTables('django-db+postgresql', 'async', SHORT, TIMEOUT_MS);
onPythonTables('db+postgresql', 'async', SHORT, TIMEOUT_MS);
