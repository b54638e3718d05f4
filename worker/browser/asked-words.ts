import type { Section } from '../../shared/onnx/inspect/words.ts';
import type { OwnRows } from '../../shared/protocol/messages.ts';
import type { Offer } from '../participant/asked.ts';
import { describeAsked } from '../participant/describe.ts';

/** What is asked, in words for the person who decides: the same that `tributary participate` says. */
export interface AskedWords {
  /** To train, or to sum the rows up before there is a model. */
  readonly kind: Offer['kind'];
  readonly sections: readonly Section[];
}

/** What a page knows of the coordinator that asks. */
export interface Asking {
  /** HOST:PORT. */
  readonly address: string;
  readonly encrypted: boolean;
  /** Of its certificate, as the link said it. */
  readonly fingerprint: string | undefined;
  /** How it calls this participant. */
  readonly name: string;
}

/** @param rows of the participant's own, once they were read */
export function askedWords(offer: Offer, asking: Asking, rows?: OwnRows): AskedWords {
  const place = { ...asking, data: 'in this browser', limits: {} };
  return { kind: offer.kind, sections: describeAsked(rows ? { ...offer, rows } : offer, place) };
}
