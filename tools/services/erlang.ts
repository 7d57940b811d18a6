import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Answers each line of input, an expression, with a line: its value. `Node` is the server's name. */
const LOOP = `
Loop = fun(Loop) ->
  case io:get_line("") of
    eof -> halt();
    {error, _} -> halt();
    Line ->
      Answer = try
        {ok, Tokens, _} = erl_scan:string(Line),
        {ok, Expressions} = erl_parse:parse_exprs(Tokens),
        {value, Value, _} = erl_eval:exprs(Expressions, [{'Node', 'NODE'}]),
        io_lib:format("ok ~0p", [Value])
      catch Kind:Reason -> io_lib:format("failed ~0p ~0p", [Kind, Reason])
      end,
      io:put_chars([Answer, "\\n"]),
      Loop(Loop)
  end
end, Loop(Loop).`;

/** An Erlang node beside a server's, to ask it what its protocol does not tell. It starts in a moment and ends with us. */
export class Erlang {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve(answer: string): void; reject(error: Error): void }[] = [];
  #said = '';

  /** @param env the server's, with its home, in which the cookie is, and the port of its epmd */
  constructor(node: string, env: NodeJS.ProcessEnv) {
    const name = `ask-${process.pid}-${Date.now()}@localhost`;
    const args = ['-noshell', '-hidden', '-start_epmd', 'false', '-sname', name, '-eval'];
    this.#child = spawn('erl', [...args, LOOP.replace('NODE', node)], { env });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line));
    this.#child.stderr.on('data', (text) => {
      this.#said += text;
    });
    this.#child.stdin.on('error', () => {});
    const ended = (): void => this.#fail(new Error(`erl has ended: ${this.#said}`));
    this.#child.on('error', ended);
    this.#child.on('exit', ended);
    this.#child.unref();
    for (const pipe of this.#child.stdio) (pipe as unknown as { unref?(): void } | null)?.unref?.();
  }

  /** The value of an expression such as `rpc:call(Node, erlang, node, []).`, as Erlang prints it. */
  async ask(expression: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting.push({ resolve, reject });
    this.#child.ref();
    this.#child.stdin.write(`${expression.replaceAll('\n', ' ')}\n`);
    return promise;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #hear(line: string): void {
    const asked = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#child.unref();
    if (line.startsWith('ok ')) asked?.resolve(line.slice('ok '.length));
    else asked?.reject(new Error(line));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
