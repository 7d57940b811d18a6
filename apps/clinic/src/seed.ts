/** `npm run seed -w apps/clinic` */
import { connection } from './database/database.ts';
import { seed } from './database/seed.ts';

await seed();
await connection.destroy();
console.log('The clinic has doctors, appointments and a shelf.');
