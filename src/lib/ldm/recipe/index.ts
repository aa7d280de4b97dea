// The door of recipes: what a training run is to be, the model that it makes, and what it will take. No tensors.
export { architectureOf, checkRecipe, latentSide } from './architecture.ts';
export type { Architecture, TextSize } from './architecture.ts';
export { estimate, type Estimate, type Kept } from './estimate.ts';
export { autoencoderCosts, denoiserCosts, textEncoderCosts, type Costs } from './networkCosts.ts';
export { CONDITIONINGS, PREDICTIONS, type Recipe } from './recipe.ts';
