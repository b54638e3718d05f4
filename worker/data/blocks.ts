/** Where a member's rows lie: fetched blocks, each a file under its hash; its own copy of the table; or the trainer's memory. */
export type Blocks =
  | { readonly kind: 'fetched'; readonly directory: string }
  | { readonly kind: 'own'; readonly directory: string }
  /** In the trainer's memory: given at once, or one by one. A page has no files. */
  | { readonly kind: 'given'; readonly blocks?: readonly Uint8Array[] };

export type BlocksOnDisk = Exclude<Blocks, { readonly kind: 'given' }>;
