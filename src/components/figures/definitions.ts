// Every figure that is defined by a figure.ts, by its number. A new folder is found by itself.
import type { AnyFigure } from '../kit/frame/defineFigure.ts';

const found = import.meta.glob<AnyFigure>('./*/figure.ts', { eager: true, import: 'default' });

export const definitions: ReadonlyMap<string, AnyFigure> = new Map(
  Object.values(found).map((definition) => [definition.number, definition]),
);
