/** Of a partition that cannot be made: what in the job is to blame, and what it may be instead. */
export interface PartitionFault {
  /** `clients`, `partition`, or the name of an option of the partition. */
  readonly at: string;
  /** As a part of a sentence; the message itself when left out. */
  readonly what?: string;
  readonly allowed?: readonly string[];
  /** The word that was probably meant. */
  readonly nearest?: string | undefined;
}

/** Data that cannot be dealt as asked, or a way of dealing that nobody knows: what is wrong, and what to do. */
export class PartitionError extends Error {
  override readonly name = 'PartitionError';

  constructor(
    message: string,
    readonly fault: PartitionFault = { at: 'partition' },
  ) {
    super(message);
  }
}
