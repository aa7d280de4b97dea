// Limits of the metadata of a user model, wherever it is read: in its manifest, in the remembered choice.

/** Characters of a title, a prompt, a credit's name. */
export const MAX_TEXT = 200;
/** Words that it was taught, and letters of each. */
export const MAX_WORDS = 5000;
export const MAX_WORD = 64;
/** Prompts to offer. */
export const MAX_EXAMPLES = 16;
