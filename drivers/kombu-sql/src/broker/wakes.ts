/** Under which our processes tell each other of messages. Python's tell nobody. */
export const TOPIC = 'kombu';
