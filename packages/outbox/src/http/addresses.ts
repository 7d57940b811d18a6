import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;
type Range = readonly [Address, number];
type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Metadata services at addresses that otherwise look public: Azure's. The others' are link-local, private or shared ones. */
const METADATA = new Set(['168.63.129.16']);

/** Which addresses may be reached. Names are judged by what they resolve to, at the moment of the connection. */
export class AddressGuard {
  readonly #allowed: readonly Range[];
  readonly #resolve: Resolve;

  /**
   * @param allowed addresses or ranges such as `127.0.0.1` or `10.1.0.0/16` that may be reached though they are not public
   * @param resolve how names become addresses
   * @throws TypeError for what is neither
   */
  constructor(allowed: readonly string[] = [], resolve: Resolve = systemLookup) {
    this.#allowed = allowed.map(readRange);
    this.#resolve = resolve;
  }

  /** Throws RefusedAddress for every address that is not a public one, or allowed. */
  check(address: string): void {
    // An IPv4 address inside an IPv6 one is judged as itself.
    const parsed = ipaddr.process(address);
    if (this.#allowed.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits)))
      return;
    const range = parsed.range();
    if (range !== 'unicast') throw new RefusedAddress(address, range);
    if (METADATA.has(parsed.toString())) throw new RefusedAddress(address, 'metadata');
  }

  /** A host that is an address is never looked up, so it is judged here. Throws RefusedAddress. */
  checkHost(hostname: string): void {
    const bare = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(bare)) this.check(bare);
  }

  /**
   * What sockets look names up with: they connect to what was checked, so a name that resolves otherwise a moment later gains
   * nothing. One refused address among several refuses them all.
   */
  readonly lookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
    this.#resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      try {
        for (const { address } of addresses) this.check(address);
      } catch (refused) {
        return callback(refused as Error, []);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first!.address, first!.family);
    });
  };
}

/** A receiver inside a private network, or the machine itself. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';

  constructor(address: string, range: string) {
    super(`${address} is refused: no public address, but ${range}; allowAddresses can allow it`);
  }
}

function readRange(text: string): Range {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    throw new TypeError(
      `allowAddresses: ${JSON.stringify(text)} is neither an address nor a range such as 10.0.0.0/8`,
    );
  }
}
