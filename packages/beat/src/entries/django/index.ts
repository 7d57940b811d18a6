/** Entries as rows of django-celery-beat. */
export { decodeDjangoEntry } from './decode.ts';
export { encodeDjangoEntry } from './encode.ts';
