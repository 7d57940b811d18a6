import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Files in PEM form. */
export interface Authority {
  readonly ca: string;
  /** A key, and a certificate for a host name or address, such as `DNS:db.example` or `IP:127.0.0.1`. */
  issue(name: string, host: string): { readonly cert: string; readonly key: string };
}

/** A certificate authority of its own, in a folder that is there, by openssl. Its certificates live for two days. */
export function certificateAuthority(folder: string, name: string): Authority {
  const file = (end: string) => join(folder, `${name}.${end}`);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const keyOf = (path: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    path,
  ];
  const ca = file('ca.pem');
  const caKey = file('ca.key');
  openssl('req', '-x509', ...keyOf(caKey), '-out', ca, '-days', '2', '-subj', `/CN=${name}`);
  return {
    ca,
    issue(subject, host) {
      const [cert, key] = [file(`${subject}.pem`), file(`${subject}.key`)];
      const also = ['-addext', `subjectAltName=${host}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
      const signed = ['-CA', ca, '-CAkey', caKey, '-days', '2', '-subj', `/CN=${subject}`];
      openssl('req', '-x509', ...keyOf(key), ...signed, ...also, '-out', cert);
      return { cert, key };
    },
  };
}
