// The options of `npm run serve`, read from its command line and the environment.
import { parseArgs } from 'node:util';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly dist: string;
  /** Fail when the port is taken, instead of taking the next one. */
  readonly strict: boolean;
}

const usage = 'Usage: npm run serve -- [--port 8080] [--host 0.0.0.0] [--dist FOLDER] [--strict]';

/**
 * @param args what follows the command
 * @param dist where the built site is, unless the options or the environment say otherwise
 * @throws when there is an option that it doesn't know, or one without a usable value
 */
export function serveOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  dist: string,
): ServeOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: env['PORT'] ?? '4321' },
        host: { type: 'string', default: '127.0.0.1' },
        dist: { type: 'string', default: env['DIST'] ?? dist },
        strict: { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65535) {
      throw new Error(`--port expects a number from 0 to 65535, came "${values.port}".`);
    }
    if (values.host === '') {
      throw new Error('--host expects an address of this machine, or 0.0.0.0 for all, came nothing.');
    }
    return { port, host: values.host, dist: values.dist, strict: values.strict };
  } catch (error) {
    const what = error instanceof Error ? error.message.replace(/\n/g, ' ') : String(error);
    throw new Error(`${what}\n${usage}`, { cause: error });
  }
}
