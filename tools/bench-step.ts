// `npm run bench:training`: one training step of the lab, timed in our library, in jax-js and in PyTorch, on the same cores.
//
// All get the same weights and the same batch, and take the same step: forward, loss, backward, clipping, AdamW, the average
// of the weights; loss and norm of the gradients are read back. Their first steps must agree, or nothing is reported. Then
// they take turns, a few steps at a time, so that whatever else the machine does falls on all of them alike.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { summarize, type Timing } from '../bench/measure.ts';
import type { PageContender, StepCase, TimedStep } from '../bench/training/types.ts';
import { PRESET_NAMES } from '../src/lab/presets.ts';
import { serveStepSite } from './lib/benchSite.ts';
import { launchArgs, requireBrowser } from './lib/browser.ts';
import { openPython, whatPythonLacks } from './lib/pythonContender.ts';
import { writeStepCase } from './lib/stepCase.ts';

const USAGE = `Usage: npm run bench:training -- [options]

  --preset NAME     ${PRESET_NAMES.join(', ')}; five by default
  --kind NAME       denoiser or autoencoder; both by default
  --rounds N        turns of each contender that count; 10
  --steps N         steps in a turn; 3
  --python PATH     a Python with torch, diffusers and transformers; python3 by default. Without one, PyTorch is left out.
  --out FILE        where the numbers go; bench/results/training-2-cores.json by default`;

/** Losses and gradient norms further apart than this are not worth timing against each other. */
const TOLERANCE = 1e-3;
/** Steps that do not count. What the first two give is compared. */
const WARM_UP = 3;
const KINDS = ['denoiser', 'autoencoder'] as const;

const root = join(import.meta.dirname, '..');
const cases = join(root, '.cache/bench/training-cases');

type Who = PageContender | 'pytorch';

interface Contender {
  readonly who: Who;
  readonly threads: number;
  readonly label: string;
  readonly run: (steps: number) => Promise<readonly TimedStep[]>;
  readonly close: () => void;
}

interface Row {
  readonly who: Who;
  readonly threads: number;
  readonly label: string;
  readonly ms: Timing;
  /** Its median by ours on as many threads. */
  readonly timesOurs: number;
}

interface KindResult {
  readonly settings: StepCase;
  /** Largest relative difference from ours of the losses and the gradient norm that are compared, by contender. */
  readonly difference: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
}

const nameOf = ({ who, threads }: { readonly who: Who; readonly threads: number }): string =>
  `${who}, ${threads === 1 ? '1 thread' : `${threads} threads`}`;

async function openInPage(
  page: Page,
  who: PageContender,
  threads: number,
  caseUrl: string,
): Promise<Contender> {
  const name = nameOf({ who, threads });
  const ready = await page.evaluate(([key, asked]) => window.askContender(key, asked), [
    name,
    { type: 'open', who, threads, caseUrl },
  ] as const);
  if (ready.type !== 'ready')
    throw new Error(`${name}: ${ready.type === 'error' ? ready.message : ready.type}`);
  return {
    who,
    threads,
    label: ready.label,
    run: async (steps) => {
      const answer = await page.evaluate(([key, asked]) => window.askContender(key, asked), [
        name,
        { type: 'run', steps },
      ] as const);
      if (answer.type === 'ran') return answer.steps;
      throw new Error(`${name}: ${answer.type === 'error' ? answer.message : answer.type}`);
    },
    close: () => undefined,
  };
}

/**
 * max |a - b| / |b| over loss and gradient norm of the first step and the loss of the second, which tells of the update. Later
 * steps part by rounding alone, PyTorch's on one thread from its own on two: AdamW begins by moving every weight by the
 * whole rate, whatever the size of its gradient.
 */
function difference([a1, a2]: readonly TimedStep[], [b1, b2]: readonly TimedStep[]): number {
  const pairs = [
    [a1!.loss, b1!.loss],
    [a1!.gradientNorm, b1!.gradientNorm],
    [a2!.loss, b2!.loss],
  ] as const;
  const differences = pairs.map(([x, y]) => Math.abs(x - y) / Math.abs(y));
  return differences.every(Number.isFinite) ? Math.max(...differences) : Number.POSITIVE_INFINITY;
}

/** The first steps of all. @throws when they do not agree with ours */
async function compare(contenders: readonly Contender[]): Promise<Record<string, number>> {
  const reference = await contenders[0]!.run(WARM_UP);
  const found: Record<string, number> = {};
  for (const contender of contenders.slice(1)) {
    const name = nameOf(contender);
    const steps = await contender.run(WARM_UP);
    const apart = difference(steps, reference);
    console.error(
      `${name}: agrees with ours to ${apart.toExponential(1)}; first step ${Math.round(steps[0]!.ms)} ms`,
    );
    if (!(apart <= TOLERANCE)) {
      const both = JSON.stringify({ expected: reference, came: steps });
      throw new Error(
        `${name}: losses and gradient norms of the first steps differ from ours by ${apart.toExponential(1)}, ` +
          `more than ${TOLERANCE}: this would not time the same step. ${both}`,
      );
    }
    found[name] = apart;
  }
  return found;
}

async function time(
  contenders: readonly Contender[],
  { rounds, steps }: { readonly rounds: number; readonly steps: number },
): Promise<Row[]> {
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      times[i]!.push(...(await contender.run(steps)).map(({ ms }) => ms));
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  const timings = times.map((list) => summarize(list));
  return contenders.map(({ who, threads, label }, i) => {
    const ours = contenders.findIndex((other) => other.who === 'ours' && other.threads === threads);
    const timesOurs = Math.round((100 * timings[i]!.median) / timings[ours]!.median) / 100;
    return { who, threads, label, ms: timings[i]!, timesOurs };
  });
}

function print({ settings, rows }: KindResult): void {
  console.log(
    `\n${settings.kind} of preset ${settings.preset}, one training step, ms (median of all, least, most)`,
  );
  for (const { who, threads, label, ms, timesOurs } of rows) {
    const numbers = [ms.median, ms.min, ms.max].map((value) => value.toFixed(1).padStart(9)).join(' ');
    console.log(
      `${nameOf({ who, threads }).padEnd(20)} ${numbers}   ${timesOurs.toFixed(2).padStart(6)} x ours   ${label}`,
    );
  }
}

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      preset: { type: 'string', default: 'five' },
      kind: { type: 'string' },
      rounds: { type: 'string', default: '10' },
      steps: { type: 'string', default: '3' },
      python: { type: 'string', default: 'python3' },
      out: { type: 'string', default: join(root, 'bench/results/training-2-cores.json') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const preset = PRESET_NAMES.find((name) => name === values.preset);
  if (preset === undefined)
    throw new Error(`--preset: expected ${PRESET_NAMES.join(', ')}, came "${values.preset}".`);
  const kinds = KINDS.filter((kind) => values.kind === undefined || values.kind === kind);
  if (kinds.length === 0)
    throw new Error(`--kind: expected ${KINDS.join(' or ')}, came "${values.kind ?? ''}".`);
  const whole = (name: 'rounds' | 'steps'): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name}: expected a whole number above 0, came "${values[name]}".`);
  };
  const amount = { rounds: whole('rounds'), steps: whole('steps') };

  const settings = new Map<string, StepCase>();
  for (const kind of kinds) settings.set(kind, await writeStepCase(join(cases, kind), preset, kind));
  const lacks = whatPythonLacks(values.python);
  if (lacks !== undefined) {
    console.error(
      `PyTorch is left out: ${values.python}: ${lacks}. See training/requirements.txt and --python.`,
    );
  }
  const threadCounts = [...new Set([Math.min(2, availableParallelism()), 1])];
  const site = await serveStepSite(cases);
  const browser = await chromium.launch({ executablePath: requireBrowser(), args: [...launchArgs] });
  const results: KindResult[] = [];
  try {
    for (const kind of kinds) {
      const page = await browser.newPage();
      page.on('console', (message) => console.error(message.text()));
      await page.goto(site.url);
      const contenders: Contender[] = [];
      try {
        for (const who of ['ours', 'jax-js', 'pytorch'] as const) {
          for (const threads of threadCounts) {
            if (who === 'pytorch') {
              if (lacks !== undefined) continue;
              const python = await openPython(values.python, join(cases, kind), threads);
              contenders.push({ who, threads, ...python });
            } else contenders.push(await openInPage(page, who, threads, `${site.url}cases/${kind}/`));
          }
        }
        const apart = await compare(contenders);
        const rows = await time(contenders, amount);
        results.push({ settings: settings.get(kind)!, difference: apart, rows });
      } finally {
        for (const contender of contenders) contender.close();
        await page.close();
      }
    }
    const report = {
      machine: {
        cpu: cpus()[0]?.model.trim() ?? 'unknown',
        cores: availableParallelism(),
        platform: process.platform,
      },
      chromium: browser.version(),
      ...amount,
      ...(lacks === undefined ? {} : { withoutPyTorch: lacks }),
      results,
    };
    mkdirSync(dirname(values.out), { recursive: true });
    writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
    for (const result of results) print(result);
    console.log(`\nNumbers in ${relative(process.cwd(), values.out)}.`);
  } finally {
    await browser.close();
    site.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
