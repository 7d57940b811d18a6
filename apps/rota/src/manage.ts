/** `npm run manage -w apps/rota -- <command>` */
import { main } from './manage/main.ts';

process.exitCode = await main(process.argv.slice(2));
