/**
 * What a blob is asked for by. Either its SHA-256 in lower-case hexadecimal: of things that are kept (model, recipe, rows),
 * the hash is checked when all is there. Or the version that it is the encoding of: weights are sent once a round, each
 * chunk has its checksum, and a second one over the whole would be a tenth of the round.
 */
export type BlobId = string;

/** A vector of one weights version, as it is encoded. No two versions of a run have the same incarnation and number. */
export function versionedId(incarnation: number, number: number, vector: string, codec: string): BlobId {
  return `version:${incarnation}.${number}/${vector}/${codec}`;
}

/** The step to a version of the weights from the one before it. */
export function deltaId({ id, codec }: { readonly id: BlobId; readonly codec: string }): BlobId {
  return `${id}-${codec}`;
}

export function isBlobId(text: string): boolean {
  return isContentId(text) || /^version:\d+\.\d+\/\S+$/.test(text);
}

/** Whether the id is the SHA-256 of the bytes. */
export function isContentId(id: BlobId): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}
