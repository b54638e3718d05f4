/** Where a member's rows lie: fetched blocks, each a file under its hash, or its own copy of the table. */
export type Blocks =
  | { readonly kind: 'fetched'; readonly directory: string }
  | { readonly kind: 'own'; readonly directory: string };
