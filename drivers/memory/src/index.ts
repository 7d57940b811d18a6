/**
 * Every role of a driver in the memory of one process: for tests, and the one to read to learn the contracts.
 * What is kept is lost with the process.
 */
export { driver } from './driver.ts';
