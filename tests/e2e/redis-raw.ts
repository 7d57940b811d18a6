import { connect } from 'node:net';

/** Asks a Redis what its clients must not be asked about themselves: one command, on a connection of its own. */
export async function askRedis(port: number, ...words: readonly string[]): Promise<string> {
  const question = `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(`${question}*1\r\n$4\r\nQUIT\r\n`));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () =>
      resolve(
        Buffer.concat(chunks)
          .toString('utf8')
          .replace(/\+OK\r\n$/, ''),
      ),
    );
  });
}

/** The ids of all connections but the one that asks. */
export async function connections(port: number): Promise<string[]> {
  const list = await askRedis(port, 'CLIENT', 'LIST');
  const lines = list.split('\n').filter((line) => line.includes('addr=') && !/ cmd=client\|list /.test(line));
  return lines.map((line) => /id=(\d+)/.exec(line)![1]!);
}
