import fc from 'fast-check';
import { isDense } from '../../../shared/parameters/codecs/dense.ts';
import { encodedSize } from '../../../shared/parameters/codecs.ts';
import { DELTA_CODECS } from '../../../shared/parameters/reference.ts';
import { versionedId } from '../../../shared/protocol/blob-id.ts';
import type { Message, WireCodec } from '../../../shared/protocol/messages.ts';
import { CODECS, DENSE_CODECS, FLOAT16, PHASES } from '../../../shared/protocol/words.ts';

const count = fc.nat();
const version = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const id = fc.stringMatching(/^[!-~]{1,40}$/);
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const blobId = fc.oneof(hash, fc.constant(versionedId(2, 17, 'parameters', 'f16')));
const name = fc.stringMatching(/^[\p{L}\p{N} ._-]{1,40}$/u);
const text = fc.stringMatching(/^[\p{L}\p{N} .,:'-]{0,80}$/u);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const dense = fc.constantFrom(...DENSE_CODECS);
const codec = fc.constantFrom(...CODECS);
const encoding = fc.record(
  {
    codec,
    share: fc.double({ min: 1e-9, max: 1, noNaN: true }),
    errorFeedback: fc.constant(true),
    seed: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  },
  { requiredKeys: ['codec'] },
);
const reference = fc.record({
  codec: fc.constantFrom(...DELTA_CODECS),
  bases: fc.array(blobId, { maxLength: 8 }),
});
const transfer = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const dictionary = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true });

const range = fc.tuple(count, count).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const positive = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const work = fc.oneof(
  fc.tuple(version, range).map(([epoch, rows]) => ({ kind: 'gradient' as const, epoch, ...rows })),
  fc
    .tuple(version, range, fc.constantFrom(...PHASES))
    .map(([epoch, rows, phase]) => ({ kind: 'gradient' as const, epoch, phase, ...rows })),
  fc
    .tuple(version, positive, range)
    .map(([epoch, batch, rows]) => ({ kind: 'local' as const, epoch, batch, ...rows })),
  fc.record({ kind: fc.constant('own' as const), epochs: positive, batch: positive }),
  range.map((rows) => ({ kind: 'evaluate' as const, ...rows })),
);

const terms = fc.record(
  {
    proximal: finite.filter((value) => value !== 0),
    corrections: fc.array(
      fc.record({ vector: name, owner: fc.constantFrom('server', 'member'), coefficient: finite }),
      { minLength: 1, maxLength: 4 },
    ),
  },
  { requiredKeys: [] },
);

/** Exact for dense encodings, else anything that may be. */
function bytesOf({ codec, floats }: { readonly codec: WireCodec; readonly floats: number }): number {
  return isDense(codec) ? encodedSize(floats, codec) : Math.floor(floats / 7);
}

const sections = fc
  .uniqueArray(fc.record({ name, codec, floats: fc.nat(1e9) }), {
    maxLength: 5,
    selector: (section) => section.name,
  })
  .map((list) => list.map((section) => ({ ...section, bytes: bytesOf(section) })));

const update = fc
  .record({
    run: id,
    incarnation: version,
    assignment: id,
    nonce: version,
    credit: count,
    sections,
    examples: count,
    sums: dictionary(finite),
    steps: version,
    computeMs: finite,
  })
  .map(({ sections, examples, sums, steps, computeMs, ...rest }) => ({
    kind: 'update' as const,
    ...rest,
    sections,
    header: { examples, sums, steps, computeMs, sections: sections.map((section) => section.name) },
  }));

const type = <T extends Message['type']>(value: T) => fc.constant(value);

/** Any valid message. */
export const message: fc.Arbitrary<Message> = fc.oneof<fc.Arbitrary<Message>[]>(
  fc.record(
    {
      type: type('hello'),
      protocol: fc.constant(1),
      token: id,
      name,
      resumeToken: fc.oneof(id, fc.constant('')),
      version: id,
      capabilities: fc.record(
        {
          engine: name,
          provider: name,
          threads: fc.nat(64),
          codecs: fc.array(codec, { maxLength: 8 }),
          ownData: fc.boolean(),
          dataHash: fc.oneof(hash, fc.constant('')),
          deltas: fc.constant(true),
          float16: fc.constantFrom(...FLOAT16),
        },
        { requiredKeys: ['engine', 'provider', 'threads', 'codecs', 'ownData', 'dataHash'] },
      ),
      window: version,
      checksums: fc.boolean(),
      holds: blobId,
    },
    {
      requiredKeys: [
        ...(['type', 'protocol', 'token', 'name', 'resumeToken', 'version', 'capabilities'] as const),
        ...(['window', 'checksums'] as const),
      ],
    },
  ),
  fc.record({
    type: type('welcome'),
    protocol: version,
    run: id,
    runName: name,
    incarnation: version,
    member: id,
    resumeToken: id,
    heartbeatMs: fc.integer({ min: 1, max: 3_600_000 }),
    chunkBytes: positive,
    blobs: dictionary(hash),
    checksums: fc.boolean(),
    now: finite,
  }),
  fc.record({
    type: type('refuse'),
    code: fc.constantFrom('token', 'version', 'full', 'finished', 'banned', 'invalid'),
    message: text,
    protocol: version,
  }),
  fc
    .tuple(
      fc.option(encoding, { nil: undefined }),
      fc.option(reference, { nil: undefined }),
      fc.record({
        type: type('assign'),
        sectionCodec: fc.constantFrom('f32', 'f16', 'bf16', 'int8'),
        id,
        incarnation: version,
        version,
        round: version,
        work,
        deadline: fc.oneof(finite, fc.constant(Number.POSITIVE_INFINITY)),
        terms,
        sections: fc.array(fc.record({ name, make: fc.constant('control' as const) }), { maxLength: 3 }),
        local: fc.array(name, { maxLength: 3 }),
        counted: fc.oneof(id, fc.constant('')),
        kept: fc.oneof(id, fc.constant('')),
        learningRate: finite,
        order: version,
        weights: blobId,
        vectors: dictionary(hash),
        codec: dense,
        uploadCredit: count,
      }),
    )
    .map(([encoding, reference, assign]) => ({
      ...assign,
      ...(encoding && { encoding }),
      ...(reference && { reference }),
    })),
  fc.record({ type: type('cancel'), assignment: id, reason: text }),
  fc.record({ type: type('failed'), assignment: id, incarnation: version, reason: text }),
  fc.record({ type: type('committed'), version }),
  fc.record({
    type: type('finished'),
    reason: fc.constantFrom('completed', 'early-stopping', 'stopped', 'diverged'),
    message: text,
  }),
  fc.record({ type: type('leaving'), reason: text }),
  fc.record({ type: type('heartbeat'), sent: finite }),
  fc.record({ type: type('heartbeat-ack'), sent: finite, now: finite }),
  fc.record({ type: type('want'), id: blobId, offset: count }),
  fc.record({ type: type('unavailable'), id: blobId, message: text }),
  fc.tuple(transfer, count, hash).map(([transfer, size, blob]) => ({
    type: 'offer' as const,
    transfer,
    size,
    content: { kind: 'blob' as const, id: blob, offset: Math.floor(size / 2) },
  })),
  fc.tuple(transfer, update).map(([transfer, content]) => ({
    type: 'offer' as const,
    transfer,
    size: content.sections.reduce((sum, { bytes }) => sum + bytes, 0),
    content,
  })),
  fc.record({ type: type('accept'), transfer, offset: fc.maxSafeNat(), limit: fc.maxSafeNat() }),
  fc.record({
    type: type('chunk'),
    transfer,
    offset: fc.maxSafeNat(),
    crc32: fc.option(version, { nil: undefined }),
    data: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({ type: type('credit'), transfer, limit: fc.maxSafeNat() }),
  fc.record({
    type: type('done'),
    transfer,
    status: fc.constantFrom('ok', 'unwanted', 'corrupt', 'too-large'),
    message: text,
  }),
  fc.record({ type: type('abort'), transfer, message: text }),
  fc.record({
    type: type('acknowledge'),
    run: id,
    incarnation: version,
    assignment: id,
    status: fc.constantFrom('received', 'duplicate', 'late', 'unknown', 'stale', 'refused', 'rolled-back'),
    message: text,
  }),
);

/** A message's bytes with a few of them changed, cut out, put in, or cut off. */
export function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  let state = seed | 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const result = [...bytes];
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(result.length + 1);
    const kind = random(4);
    if (kind === 0) result[at] = random(256);
    else if (kind === 1) result.splice(at, random(8));
    else if (kind === 2) result.splice(at, 0, random(256), random(256));
    else result.length = at;
  }
  return Uint8Array.from(result);
}
