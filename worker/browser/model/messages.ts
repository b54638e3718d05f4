/** To a predictor: first the model, then examples. */
export type ToPredictor =
  | { readonly type: 'model'; readonly model: Uint8Array; readonly runtime: string }
  | { readonly type: 'predict'; readonly id: number; readonly features: Float32Array };

export type FromPredictor = { readonly id: number } & (
  | { readonly ok: true; readonly outputs: Readonly<Record<string, Float32Array>> }
  | { readonly ok: false; readonly message: string }
);
