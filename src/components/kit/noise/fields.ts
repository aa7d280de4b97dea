// What the figures of this chapter share: the timestep, the picture and the seed of the noise.
import { choice, shared, whole } from '../../../state/figureAddress.ts';
import { pictureIds } from '../../../userContent/pictures/ids.ts';

/** Noise levels of the schedules here; t runs from 0 to one less. */
export const T = 1000;
export const MAX_SEED = 2 ** 32 - 1;

/** @param fallback where the figure stands before anybody moves t */
export const timestep = (fallback: number) => shared(whole(0, T - 1, fallback));
export const seed = shared(whole(0, MAX_SEED, 7));
export const picture = shared(choice<string>(pictureIds, 'cat'));
