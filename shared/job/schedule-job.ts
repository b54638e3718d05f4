/** Steps count optimizer steps; `total` is filled in from epochs, batch and the data when the run starts. */
export type ScheduleJob =
  | { readonly kind: 'constant'; readonly warmup: number }
  | { readonly kind: 'step'; readonly warmup: number; readonly every: number; readonly factor: number }
  | { readonly kind: 'cosine'; readonly warmup: number; readonly minimum: number }
  | { readonly kind: 'linear'; readonly warmup: number; readonly minimum: number }
  | { readonly kind: 'polynomial'; readonly warmup: number; readonly minimum: number; readonly power: number }
  | { readonly kind: 'exponential'; readonly warmup: number; readonly factor: number; readonly every: number }
  | {
      readonly kind: 'one-cycle';
      /** One-cycle has its own rise. */
      readonly warmup: 0;
      /** Share of the steps in which the rate rises. */
      readonly rise: number;
      readonly startDivisor: number;
      readonly endDivisor: number;
      readonly shape: 'cosine' | 'linear';
    }
  | {
      readonly kind: 'plateau';
      readonly warmup: number;
      readonly metric: string;
      readonly factor: number;
      readonly patience: number;
      readonly threshold: number;
      readonly cooldown: number;
      readonly minimum: number;
    };
