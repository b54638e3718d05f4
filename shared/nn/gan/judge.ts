import type { GraphBuilder } from '../../onnx/builder.ts';
import type { ModelFile } from '../../onnx/external-data.ts';
import { importModel } from '../../onnx/import.ts';
import type { Model } from '../../onnx/model.ts';
import { ModelBuildError } from '../model-build-error.ts';

/** A classifier whose features say how alike two sets of images are. */
export interface Judge {
  /** An ONNX file, or its bytes, with one input in the form of the features. */
  readonly onnx: Uint8Array | ModelFile;
  /** The value that is compared, [batch, n]; by default what its last dense layer takes. */
  readonly value?: string;
}

/** The wire carries n² + n sums of each set with an evaluation. */
const MOST_FEATURES = 40;

/**
 * Appends a classifier up to the value that is compared, its weights as constants: it is never trained.
 *
 * @returns the value, [batch, n]
 * @throws ModelBuildError when the file has another form
 */
export function appendJudge(builder: GraphBuilder, features: string, judge: Judge): string {
  const { graph } = importModel(judge.onnx);
  const dense = [...graph.nodes].reverse().find(({ op }) => op === 'Gemm' || op === 'MatMul');
  const wanted = judge.value ?? dense?.inputs[0];
  if (wanted === undefined) throw misfit('it has no dense layer: name the value to compare in `features`');
  const input = graph.inputs.find(({ name }) => !graph.initializers.has(name));
  if (input === undefined) throw misfit('it has no input');
  const shape = builder.typeOf(features).dims;
  const fits = input.dims.slice(1).join() === shape.slice(1).join() && input.type === 'float32';
  if (!fits || input.dims.length !== shape.length) {
    throw misfit(`it takes ${input.type} [${input.dims.join(', ')}], the data is [${shape.join(', ')}]`);
  }
  const nodes = leadingTo(graph.nodes, wanted);
  if (nodes.length === 0) throw misfit(`it has no value "${wanted}"`);
  const renamed = (name: string): string => {
    if (name === '' || name === input.name) return name && features;
    const weight = graph.initializers.get(name);
    return weight ? builder.constant(weight, `judge/${name}`) : `judge/${name}`;
  };
  for (const { op, domain, name, inputs, outputs, attributes } of nodes) {
    const options = {
      domain,
      name: `judge/${name}`,
      outputs: outputs.map((output) => output && `judge/${output}`),
    };
    builder.node(op, inputs.map(renamed), attributes, options);
  }
  const value = `judge/${wanted}`;
  const { dims } = builder.typeOf(value);
  const size = dims[1];
  if (dims.length !== 2 || typeof size !== 'number' || size > MOST_FEATURES) {
    throw misfit(
      `its "${wanted}" is [${dims.join(', ')}]: what is compared is [batch, n], n at most ${MOST_FEATURES}`,
    );
  }
  return value;
}

function leadingTo(nodes: Model['graph']['nodes'], value: string): Model['graph']['nodes'] {
  const needed = new Set([value]);
  return [...nodes]
    .reverse()
    .filter(({ inputs, outputs }) => {
      const leads = outputs.some((output) => needed.has(output));
      if (leads) for (const input of inputs) needed.add(input);
      return leads;
    })
    .reverse();
}

function misfit(needs: string): ModelBuildError {
  return new ModelBuildError({
    section: 'evaluate',
    path: ['judge'],
    type: 'judge',
    needs: `the classifier does not fit: ${needs}`,
  });
}
