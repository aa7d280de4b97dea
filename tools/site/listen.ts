// Makes a server listen on the first free port, and says by which addresses it can be opened.
import type { Server } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this port may only be opened by an administrator. Name one above 1023 with --port.',
  EADDRNOTAVAIL: 'this machine has no such address. Name one that it has with --host, or 0.0.0.0 for all.',
  ENOTFOUND: 'no machine has this name. Name an address of this machine with --host, or 0.0.0.0 for all.',
};

/** Listens on the first free port from `port` on. `onTaken` is told each port that is not free. */
export async function listen(
  server: Server,
  options: { host: string; port: number; onTaken?: (port: number) => void; tries?: number },
): Promise<number> {
  const { host, onTaken, tries = 50 } = options;
  for (let port = options.port; port < options.port + tries && port < 65536; port++) {
    const free = await new Promise<boolean>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        if (error.code === 'EADDRINUSE') {
          resolve(false);
          return;
        }
        const reason = reasons[error.code ?? ''] ?? error.message;
        reject(new Error(`Can't listen on ${host}, port ${port}: ${reason}`, { cause: error }));
      };
      server.once('error', failed);
      server.listen(port, host, () => {
        server.off('error', failed);
        resolve(true);
      });
    });
    if (free) return (server.address() as AddressInfo).port;
    onTaken?.(port);
  }
  throw new Error(
    `No free port from ${options.port} to ${options.port + tries - 1} on ${host}. Name another with --port.`,
  );
}

export interface OpenAddresses {
  /** For this machine. */
  readonly here: string;
  /** For other machines of the network; undefined when the server was not opened to them by a host of all addresses. */
  readonly others?: readonly string[];
}

/**
 * The addresses by which a browser can open the server. A host of all addresses (0.0.0.0, ::) is none of them.
 * @param interfaces what `os.networkInterfaces()` says
 */
export function openAddresses(
  host: string,
  port: number,
  base: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): OpenAddresses {
  const at = (name: string): string => `http://${isIPv6(name) ? `[${name}]` : name}:${port}${base}`;
  const every = host === '0.0.0.0' || (isIPv6(host) && /^[0:]+$/.test(host));
  if (!every) return { here: at(host) };
  const outside = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe[89ab].:|169\.254\.)/i.test(address));
  const wanted = outside.filter(({ family }) => family === 'IPv4');
  const others = (wanted.length > 0 || host === '0.0.0.0' ? wanted : outside).map(({ address }) =>
    at(address),
  );
  return { here: at('127.0.0.1'), others };
}
