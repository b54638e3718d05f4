/** Where a member's rows lie: fetched blocks, each a file under its hash; its own copy of the table; or the trainer's memory. */
export type Blocks =
  | { readonly kind: 'fetched'; readonly directory: string }
  | { readonly kind: 'own'; readonly directory: string }
  /** They are given one by one, and kept: a page has no files. */
  | { readonly kind: 'given' };

export type BlocksOnDisk = Exclude<Blocks, { readonly kind: 'given' }>;
