import type { ControlArguments, Logger } from '@lovage/app';
import type { BusListener, BusMessage, EventBus } from '@lovage/contracts';
import type { ControlReplyAddress, ControlRequest } from '@lovage/protocol';
import {
  errorInfo,
  errorRepr,
  readControlRequest,
  replyChannel,
  stringRepr,
  writeControlReply,
} from '@lovage/protocol';
import { checkArguments } from './arguments.ts';
import type { CommandContext } from './command.ts';
import { failed, NO_REPLY } from './command.ts';
import { COMMANDS } from './commands/all.ts';
import { concerns } from './concerns.ts';
import { MemorySamples } from './memory-samples.ts';
import type { ControlPanel } from './panel.ts';

/** Largest answer that is sent. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** Commands at work at once: while the broker is away, those that ask it wait. */
const MAX_AT_WORK = 200;
/** Of a name that somebody sent, in logs and answers. */
const MAX_NAME = 100;

export interface ControlNodeParts {
  readonly bus: EventBus;
  readonly panel: ControlPanel;
  readonly log: Logger;
  /** For tests. Default 32 MiB. */
  readonly maxAnswerBytes?: number;
}

/**
 * Makes a worker a node of Celery's remote control: it hears what is asked of all workers, does what is meant for it,
 * and answers (wire spec 8). Whatever comes, the worker goes on.
 * @throws DriverError while the broker is away
 */
export async function listenToControl(parts: ControlNodeParts): Promise<BusListener> {
  const node = new ControlNode(parts);
  const listener = await parts.bus.listen('control', (message) => void node.hear(message));
  return {
    async close() {
      node.close();
      await listener.close();
    },
  };
}

class ControlNode {
  readonly #parts: ControlNodeParts;
  readonly #context: CommandContext;
  #atWork = 0;
  #closed = false;

  constructor(parts: ControlNodeParts) {
    const { panel, log } = parts;
    this.#parts = parts;
    this.#context = { panel, log, samples: new MemorySamples() };
  }

  /** Never rejects. */
  async hear(message: BusMessage): Promise<void> {
    const { panel, log } = this.#parts;
    try {
      const request = readControlRequest(message);
      panel.clock.adjust(request.clock);
      if (this.#closed || !(await concerns(request, panel.hostname))) return;
      await this.#serve(request);
    } catch (error) {
      log.error('cannot read a control request', { err: error });
    }
  }

  /** What is asked from now on is left to others. */
  close(): void {
    this.#closed = true;
  }

  async #serve(request: ControlRequest): Promise<void> {
    const { method, reply } = request;
    this.#parts.log.debug(`pidbox received method ${shown(method)} [ticket:${reply?.ticket ?? 'None'}]`);
    this.#atWork += 1;
    try {
      const answer = await this.#answer(request);
      if (reply && answer !== NO_REPLY && !this.#closed) await this.#send(reply, method, answer);
    } finally {
      this.#atWork -= 1;
    }
  }

  /** The answer, or `{ error }` with the repr of what was thrown, as Python shows it. */
  async #answer({ method, arguments: args }: ControlRequest): Promise<unknown> {
    if (this.#atWork > MAX_AT_WORK)
      return failed(`${MAX_AT_WORK} commands are at work already; ask again later`);
    try {
      return (await this.#run(method, args)) ?? null;
    } catch (error) {
      const repr = errorRepr(errorInfo(error));
      this.#parts.log.error(`pidbox command error: ${repr}`, { err: error });
      return failed(repr);
    }
  }

  #run(method: string, args: ControlArguments): unknown {
    const { app, hostname } = this.#parts.panel;
    const command = COMMANDS.get(method);
    if (command) {
      checkArguments(command, args);
      return command.run(this.#context, args);
    }
    const users = app.controlCommands.get(method);
    if (users) return users.run({ app, hostname }, args);
    this.#parts.log.error(`pidbox command error: KeyError(${shown(method)})`);
    return failed(`KeyError(${shown(method)})`);
  }

  async #send(address: ControlReplyAddress, method: string, answer: unknown): Promise<void> {
    const { bus, log } = this.#parts;
    try {
      await bus.send(replyChannel(address), this.#write(address, method, answer));
    } catch (error) {
      log.warn(`the answer to ${shown(method)} cannot be sent`, { err: error });
    }
  }

  /** An answer that cannot be sent becomes one that says so. */
  #write({ ticket }: ControlReplyAddress, method: string, answer: unknown): BusMessage {
    const { panel, log, maxAnswerBytes: most = MAX_ANSWER_BYTES } = this.#parts;
    const stamp = { ticket, clock: panel.clock.forward() };
    try {
      const message = writeControlReply(panel.hostname, answer, stamp);
      const { byteLength } = message.body;
      if (byteLength <= most) return message;
      throw new RangeError(`an answer of ${byteLength} bytes; at most ${most} are sent`);
    } catch (error) {
      const repr = errorRepr(errorInfo(error));
      log.error(`the answer to ${shown(method)} cannot be sent: ${repr}`);
      return writeControlReply(panel.hostname, failed(repr), stamp);
    }
  }
}

function shown(name: string): string {
  return stringRepr(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}...` : name);
}
