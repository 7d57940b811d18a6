import { Session } from 'node:inspector';

/** What code came to. */
export type Evaluated =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown };

const TAKE = Symbol.for('lovage.shell.take');
const HAND_OVER = 'function (value) { globalThis[Symbol.for("lovage.shell.take")](value); }';

/**
 * Runs code as a shell does: it may `await` at the top level, and answers what its last statement comes to. V8 itself
 * does that, for its debuggers; nothing listens for any.
 *
 * @param symbols Become global names
 */
export async function evaluate(code: string, symbols: Readonly<Record<string, unknown>>): Promise<Evaluated> {
  Object.assign(globalThis, symbols);
  const session = new Session();
  session.connect();
  try {
    const world = await ask(session, 'Runtime.evaluate', { expression: 'globalThis' });
    const answer = await ask(session, 'Runtime.evaluate', {
      expression: code,
      replMode: true,
      awaitPromise: true,
    });
    const { exceptionDetails } = answer;
    const found = exceptionDetails?.exception ?? answer.result;
    const value = await taken(session, world.result.objectId!, found);
    return exceptionDetails ? { kind: 'threw', error: value } : { kind: 'value', value };
  } finally {
    session.disconnect();
  }
}

/** The part of V8's answers that is looked at. */
interface Answer {
  readonly result: Remote;
  readonly exceptionDetails?: { readonly exception?: Remote };
}

interface Remote {
  readonly type: string;
  readonly objectId?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
}

function ask(session: Session, method: string, params: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error, answer) => {
      if (error) reject(error);
      else resolve(answer as Answer);
    });
  });
}

/** The value itself, which V8 only describes: it is handed to a function of ours. */
async function taken(session: Session, world: string, { type, ...remote }: Remote): Promise<unknown> {
  if (type === 'undefined') return undefined;
  const { objectId, unserializableValue, value } = remote;
  const argument = objectId
    ? { objectId }
    : unserializableValue === undefined
      ? { value }
      : { unserializableValue };
  let got: unknown;
  const holder = globalThis as { [TAKE]?: (value: unknown) => void };
  holder[TAKE] = (each) => {
    got = each;
  };
  await ask(session, 'Runtime.callFunctionOn', {
    functionDeclaration: HAND_OVER,
    objectId: world,
    arguments: [argument],
  });
  delete holder[TAKE];
  return got;
}
