/** Data that cannot be dealt as asked, or a way of dealing that nobody knows: what is wrong, and what to do. */
export class PartitionError extends Error {
  override readonly name = 'PartitionError';
}
