import { OnnxFormatError } from '../errors.ts';
import type { ModelFile } from '../external-data.ts';
import { type WireField, WireReader } from '../wire.ts';
import { Calls } from './calls.ts';
import type { Steps } from './inspection.ts';
import type { InspectionLimits } from './limits.ts';
import { spelled } from './plain.ts';
import { hold, placed, type RefusalPlace, RefusedModelError } from './refused.ts';
import { scanTensor } from './scan-tensor.ts';

/** What the file holds, counted before anything of it is decoded. */
export interface Scanned {
  /** Fields that a decoder makes objects or text of. */
  readonly parts: number;
  /** Nodes, with calls of the model's own functions written out. */
  readonly nodes: number;
  /** The deepest body or function. */
  readonly depth: number;
  /** Tensors that lie in other files. */
  readonly elsewhere: number;
}

/** Fields of messages that are counted only; what they hold has no bodies, tensors or nodes. */
const COUNTED: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  ValueInfo: { 2: 'Type' },
  Type: { 1: 'TensorType', 4: 'MapType', 5: 'Type', 9: 'Type' },
  MapType: { 2: 'Type' },
  TensorType: { 2: 'Shape' },
  Shape: { 1: 'Leaf' },
  Leaf: {},
};

/** Types of types, as sequences of maps of sequences. */
const DEEPEST_TYPE = 16;
const LONGEST_NAME = 512;

/**
 * Walks the file once and allocates nothing by what it declares: a bomb is refused before it is decoded. Memory is one
 * entry for each kind of operator and function.
 *
 * @throws RefusedModelError; OnnxFormatError for bytes that are no model
 */
export function scanModel(file: Uint8Array | ModelFile, limits: InspectionLimits, steps: Steps): Scanned {
  return new Scanner(file, limits, steps).model();
}

export class Scanner {
  readonly wire: WireReader;
  /** Tensors may lie in other files: they are the user's own. */
  readonly mayReadOthers: boolean;
  readonly #limits: InspectionLimits;
  readonly #calls: Calls;
  readonly #steps: Steps;
  /** The function whose parts are counted; '' is the graph. */
  #owner = '';
  #parts = 0;
  /** Tensors that lie in other files. */
  elsewhere = 0;
  #depth = 0;

  constructor(file: Uint8Array | ModelFile, limits: InspectionLimits, steps: Steps) {
    this.#steps = steps;
    this.wire = new WireReader(file instanceof Uint8Array ? file : file.source);
    this.mayReadOthers = !(file instanceof Uint8Array) && file.external !== undefined;
    this.#limits = limits;
    this.#calls = new Calls(limits);
  }

  model(): Scanned {
    this.#each(this.wire.length, (field) => {
      if (field.number === 7) this.#graph(field.stop, 1, '');
      else if (field.number === 20)
        this.refuse('feature', 'the file holds instructions for training of its own');
      else if (field.number === 25) this.#function(field.stop);
    });
    const { nodes, depth } = this.#calls.total();
    const { elsewhere } = this;
    return { parts: this.#parts, nodes, depth: Math.max(depth, this.#depth), elsewhere };
  }

  refuse(code: RefusedModelError['code'], message: string, place: RefusalPlace = {}): never {
    throw new RefusedModelError(code, message, place);
  }

  /** One more part, or several: each is memory once it is decoded. */
  count(more = 1): void {
    this.#parts += more;
    this.#calls.weigh(this.#owner, more);
    this.#steps.done += more;
    hold(
      this.#limits,
      'parts',
      this.#parts,
      'the file has more nodes, tensors, names and other parts than allowed',
    );
  }

  text({ stop }: WireField): string {
    return new TextDecoder().decode(this.wire.slice(this.wire.at, Math.min(stop, this.wire.at + 200)));
  }

  /** Names are joined when functions and loops are written out: long ones would be memory. */
  name({ value }: WireField): void {
    if (value <= LONGEST_NAME) return;
    this.refuse('graph', `a name in the file has ${spelled(value)} bytes; allowed are ${LONGEST_NAME}`);
  }

  /** Calls back for every field up to `stop`; whatever the callback read, the next field comes next. */
  #each(stop: number, visit: (field: WireField) => void): void {
    while (this.wire.at < stop) {
      const field = this.wire.field(stop);
      this.count();
      visit(field);
      this.wire.at = field.stop;
    }
  }

  #graph(stop: number, depth: number, owner: string): void {
    this.#depth = Math.max(this.#depth, depth);
    hold(this.#limits, 'depth', depth, `bodies of If, Loop or Scan nest ${depth} deep`);
    this.#each(stop, (field) => {
      if (field.number === 1) this.#node(field.stop, depth, owner);
      else if (field.number === 5) scanTensor(this, field.stop, 'an initializer');
      else if (field.number === 15) this.refuse('feature', 'the file holds sparse tensors: store them dense');
      else if (field.number >= 11 && field.number <= 13) this.#counted('ValueInfo', field.stop, 0);
    });
  }

  #function(stop: number): void {
    // Its name may come behind its nodes: they are kept under a number until then.
    const owner = this.#calls.begin();
    this.#owner = owner;
    let [name, domain, overload] = ['', '', ''];
    this.#each(stop, (field) => {
      if (field.number === 7) this.#node(field.stop, 1, owner);
      else if (field.number === 11) this.#attribute(field.stop, 1, owner, {});
      else if (field.number === 1) name = this.text(field);
      else if (field.number === 10) domain = this.text(field);
      else if (field.number === 13) overload = this.text(field);
    });
    this.#calls.name(owner, { op: name, domain, overload });
    this.#owner = '';
  }

  #node(stop: number, depth: number, owner: string): void {
    const { at } = this.wire;
    const call = { op: '', domain: '', overload: '', node: undefined as string | undefined };
    // First who it is: what is wrong with an attribute is said with its name.
    while (this.wire.at < stop) {
      const field = this.wire.field(stop);
      if (field.type === 'bytes') {
        if (field.number <= 4) this.name(field);
        if (field.number === 3) call.node = this.text(field);
        else if (field.number === 4) call.op = this.text(field);
        else if (field.number === 7) call.domain = this.text(field);
        else if (field.number === 8) call.overload = this.text(field);
      }
      this.wire.at = field.stop;
    }
    this.wire.at = at;
    this.#calls.add(owner, call);
    const place = { operator: call.op, ...(call.node && { node: call.node }) };
    this.#each(stop, (field) => {
      if (field.number === 5 && field.type === 'bytes') this.#attribute(field.stop, depth, owner, place);
    });
  }

  #attribute(stop: number, depth: number, owner: string, place: RefusalPlace): void {
    this.#each(stop, (field) => {
      const { number, type } = field;
      if (number === 8 && type === 'bytes') this.count(this.wire.countVarints(field.stop));
      if (type !== 'bytes') return;
      if (number === 5 || number === 10) scanTensor(this, field.stop, `a tensor of ${placed(place)}`);
      else if (number === 6 || number === 11) this.#graph(field.stop, depth + 1, owner);
      else if (number === 22 || number === 23)
        this.refuse('feature', `${placed(place)} holds a sparse tensor: store it dense`, place);
    });
  }

  #counted(message: string, stop: number, depth: number): void {
    if (depth > DEEPEST_TYPE)
      throw new OnnxFormatError(`a type nests more than ${spelled(DEEPEST_TYPE)} deep`);
    this.#each(stop, (field) => {
      const inner = COUNTED[message]?.[field.number];
      if (message === 'ValueInfo' && field.number === 1) this.name(field);
      if (inner !== undefined && field.type === 'bytes') this.#counted(inner, field.stop, depth + 1);
    });
  }
}
