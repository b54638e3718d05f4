import type { OnnxModelJob } from '../../job/job.ts';
import type { Dim, Model, ValueInfo } from '../../onnx/model.ts';
import { nearestNames } from './glob.ts';
import { misfit, quoted } from './misfit.ts';

const ATOM = /[A-Za-z_][\w.:/-]*/g;

/**
 * The model with its symbolic dimensions bound: by the job, by the shape of the data, and the first axis of the input that
 * takes the features is `batch`, even where the exporter wrote a number.
 *
 * @param inputName takes the features; every other input of the same first symbol follows it
 * @param shape of one example
 * @throws ModelBuildError for a symbol that is not there, or a shape that the data does not have
 */
export function bindDims(
  model: Model,
  inputName: string,
  shape: readonly number[],
  given: OnnxModelJob['dims'] = {},
): Model {
  const { inputs } = model.graph;
  const input = inputs.find(({ name }) => name === inputName) as ValueInfo;
  const symbols = new Set(inputs.flatMap(({ dims }) => dims.flatMap(atomsOf)));
  const bound = new Map<string, Dim>();
  for (const [name, size] of Object.entries(given)) {
    if (!symbols.has(name)) {
      const near = nearestNames(name, [...symbols]);
      const there = near.length > 0 ? `nearest: ${quoted(near)}` : 'its inputs have none';
      throw misfit(`there is no symbolic dimension '${name}' (${there})`, ['dims', name]);
    }
    bound.set(name, size);
  }
  const wanted = ['batch', ...shape];
  const fits =
    input.dims.length === wanted.length &&
    input.dims.every((dim, axis) => {
      if (axis === 0) return true;
      const size = typeof dim === 'string' ? (bound.get(dim) ?? wanted[axis]) : dim;
      if (size !== wanted[axis]) return false;
      if (typeof dim === 'string' && atomsOf(dim)[0] === dim) bound.set(dim, size as Dim);
      return true;
    });
  if (!fits) {
    throw misfit(
      `its input '${input.name}' is [${input.dims.join(', ')}], one example of the data is [${shape.join(', ')}] ` +
        `(${shape.reduce((a, b) => a * b, 1)} values): set data.features.shape to what the model expects`,
    );
  }
  const [first] = input.dims;
  if (typeof first === 'string') bound.set(first, 'batch');
  const substituted = (dim: Dim): Dim => {
    if (typeof dim === 'number') return dim;
    const whole = bound.get(dim);
    return whole ?? dim.replaceAll(ATOM, (atom) => String(bound.get(atom) ?? atom));
  };
  const info = (value: ValueInfo): ValueInfo => {
    const dims = value.dims.map(substituted);
    // A second input has an example for each of the first's, whatever the exporter called the axis.
    const isBatch = dims.length > 0 && (typeof dims[0] === 'string' || dims[0] === first);
    return { ...value, dims: isBatch ? ['batch', ...dims.slice(1)] : dims };
  };
  // What the file says of its outputs may be stale once sizes are bound; inference says it anew.
  return { ...model, graph: { ...model.graph, inputs: inputs.map(info) } };
}

function atomsOf(dim: Dim): string[] {
  return typeof dim === 'string' ? (dim.match(ATOM) ?? []) : [];
}
