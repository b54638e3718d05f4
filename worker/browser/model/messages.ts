/** To a predictor: first where ONNX Runtime's files are, then the model, then examples. */
export type ToPredictor =
  | { readonly type: 'start'; readonly runtime: string }
  | { readonly type: 'model'; readonly model: Uint8Array }
  | { readonly type: 'predict'; readonly features: Float32Array };

/** Each message has a number, which its reply carries. */
export interface Numbered {
  readonly id: number;
}

/** Only a prediction has outputs. */
export type FromPredictor = Numbered &
  (
    | { readonly ok: true; readonly outputs: Readonly<Record<string, Float32Array>> }
    | { readonly ok: false; readonly message: string }
  );
