#!/usr/bin/env node
import process from 'node:process';

const { main } = await import('@lovage/backup/cli');
process.exitCode = await main(process.argv.slice(2));
