import { onKombu, SHORT } from './nothing-lost-stores.ts';

onKombu(SHORT);
