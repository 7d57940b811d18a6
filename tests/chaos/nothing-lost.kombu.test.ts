import { onKombu, SHORTER } from './nothing-lost-stores.ts';

onKombu(SHORTER);
