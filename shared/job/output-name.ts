/** What an output of several may be called: it becomes a part of the names of values, metrics and columns. */
export const OUTPUT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
export const MOST_OUTPUTS = 64;
