// Toy data in the plane: clouds of points with a shape that the eye knows. Seeded; within about [-2, 2].
import { Rng } from '@noisebook/ldm/numbers';

export const cloudNames = ['moons', 'spiral', 'rings', 'heart', 'letters'] as const;
export type CloudName = (typeof cloudNames)[number];

export type Point = readonly [x: number, y: number];
/** A line drawn without lifting the pen. */
export type Stroke = readonly Point[];

/** Points lie beside their line by a normal number times this. */
const spread = 0.04;

const full = 2 * Math.PI;

/** Where a share u (0 to 1) of the way along each shape lies. `pick` (0 to 1) chooses among its parts. */
const curves: Readonly<Record<Exclude<CloudName, 'letters'>, (u: number, pick: number) => Point>> = {
  moons: (u, pick) =>
    pick < 0.5
      ? [1.25 * (Math.cos(Math.PI * u) - 0.5), 1.25 * (Math.sin(Math.PI * u) - 0.25)]
      : [1.25 * (0.5 - Math.cos(Math.PI * u)), 1.25 * (0.25 - Math.sin(Math.PI * u))],
  spiral: (u) => {
    // The root spreads the points evenly along the line.
    const turn = Math.sqrt(u);
    const angle = 2.25 * full * turn;
    return [1.8 * turn * Math.cos(angle), 1.8 * turn * Math.sin(angle)];
  },
  rings: (u, pick) => {
    const radius = pick < 1 / 3 ? 0.8 : 1.6;
    return [radius * Math.cos(full * u), radius * Math.sin(full * u)];
  },
  heart: (u) => {
    const angle = full * u;
    const y = 13 * Math.cos(angle) - 5 * Math.cos(2 * angle) - 2 * Math.cos(3 * angle) - Math.cos(4 * angle);
    return [1.75 * Math.sin(angle) ** 3, (y + 2.5) / 9];
  },
};

/** x and 0, as strokes. */
const letters: readonly Stroke[] = [
  [
    [-1.8, 1],
    [-0.35, -1.1],
  ],
  [
    [-0.35, 1],
    [-1.8, -1.1],
  ],
  Array.from({ length: 41 }, (_, i): Point => {
    const angle = (i / 40) * full;
    return [1.05 + 0.7 * Math.cos(angle), -0.05 + 1.1 * Math.sin(angle)];
  }),
];

/**
 * A cloud by its name.
 * @returns [count, 2] numbers: x and y of each point
 */
export function makeCloud(name: CloudName, count: number, seed: number): Float32Array<ArrayBuffer> {
  if (name === 'letters') return strokesToPoints(letters, count, seed);
  const rng = new Rng(seed).fork(name);
  const curve = curves[name];
  return fill(count, rng, () => curve(rng.uniform(), rng.uniform()));
}

/**
 * Points along drawn lines, evenly by length; a stroke of one point is a dot.
 * @returns [count, 2] numbers, or none at all when nothing is drawn
 */
export function strokesToPoints(
  strokes: readonly Stroke[],
  count: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const pieces = strokes.flatMap((stroke) =>
    stroke.length === 1
      ? stroke.map((point) => ({ from: point, to: point, length: spread }))
      : stroke.slice(1).map((to, i) => {
          const from = stroke[i] ?? to;
          return { from, to, length: Math.hypot(to[0] - from[0], to[1] - from[1]) };
        }),
  );
  const total = pieces.reduce((sum, { length }) => sum + length, 0);
  if (total === 0) return new Float32Array(0);
  const rng = new Rng(seed).fork('strokes');
  return fill(count, rng, () => {
    let rest = rng.uniform() * total;
    const piece = pieces.find(({ length }) => (rest -= length) < 0) ?? pieces.at(-1);
    if (piece === undefined) return [0, 0];
    const share = rng.uniform();
    const { from, to } = piece;
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  });
}

function fill(count: number, rng: Rng, next: () => Point): Float32Array<ArrayBuffer> {
  const points = new Float32Array(2 * count);
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = next();
    points[i] = x + spread * rng.normal();
    points[i + 1] = y + spread * rng.normal();
  }
  return points;
}
