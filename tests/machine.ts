/**
 * How much later than promised things may happen in tests that share the machine with others, in ms: what is asserted is that
 * they happen, and not after some wait of another kind. The long runs have the machine to themselves, and are held to the promise.
 */
export const MACHINE_MS = 20_000;
