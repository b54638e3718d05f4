/** How a gradient becomes a step; see the optimizer's own file in shared/nn/optimizers. */
export type OptimizerJob =
  | {
      readonly kind: 'sgd';
      readonly learningRate: number;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'rmsprop';
      readonly learningRate: number;
      readonly decay: number;
      readonly momentum: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adam' | 'adamw';
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adagrad';
      readonly learningRate: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adadelta';
      readonly learningRate: number;
      readonly decay: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    }
  | AdamLike<'adamax'>
  | AdamLike<'radam'>
  | AdamLike<'lamb'>
  | (AdamLike<'nadam'> & { readonly momentumDecay: number })
  | {
      readonly kind: 'lion';
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adafactor';
      readonly learningRate: number;
      readonly beta2Decay: number;
      /** Smallest size of the parameters that scales the step. */
      readonly epsilon: number;
      /** Root mean square from which on an update is clipped. */
      readonly clip: number;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'muon';
      readonly learningRate: number;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly iterations: number;
      readonly adjust: 'original' | 'match-rms-adamw';
      /** AdamW's, for what is no matrix. */
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    };

interface AdamLike<K extends string> {
  readonly kind: K;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}
