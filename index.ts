/** Tributary as a library: everything that the command line does, with typed events. */

export { Coordinator } from './coordinator/coordinator.ts';
export type { CoordinatorOptions } from './coordinator/coordinator-options.ts';
export type { CoordinatorEvents, MemberView, Outcome, Traffic } from './coordinator/events.ts';
export { CachedSteps } from './coordinator/export/cached-steps.ts';
export { ExportError, NotInRunError } from './coordinator/export/export-error.ts';
export { type ExportedModel, exportRun } from './coordinator/export/export-run.ts';
export { describeRun, type RunDescription } from './coordinator/run/description.ts';
export {
  continueRun,
  describeStored,
  JobChangedError,
  type OpenRun,
  startRun,
} from './coordinator/run/open.ts';
export { type Addresses, type ListenOptions, serve } from './coordinator/serve.ts';
export { listRuns } from './coordinator/store/list-runs.ts';
export { type RunReader, readRun } from './coordinator/store/read-run.ts';
export type { RunStore } from './coordinator/store/store.ts';
export { StoreError } from './coordinator/store/store-error.ts';
export { type ContractOptions, strategyFaults } from './coordinator/strategies/contract/contract.ts';
export { createStrategy } from './coordinator/strategies/create.ts';
export type { StrategyFactory } from './coordinator/strategies/load.ts';
export type { Aggregation, MemberMetric } from './coordinator/strategies/member-metric.ts';
export { StrategyModuleError } from './coordinator/strategies/module-error.ts';
export type {
  Candidate,
  FinishContext,
  Piece,
  PlanContext,
  Strategy,
  Verdict,
} from './coordinator/strategies/strategy.ts';
export { createEngine, ENGINE_NAMES, type EngineName } from './engines/create.ts';
export {
  type Computation,
  type Engine,
  EngineError,
  type EngineInfo,
  type Executable,
} from './engines/engine.ts';
export { type CoordinateOptions, coordinate, type RunEvents, type RunFacts } from './launch/coordinate.ts';
export {
  LocalRun,
  RunFailedError,
  type RunJobEvents,
  type RunJobOptions,
  runJob,
} from './launch/run-job.ts';
export { DatasetFile } from './node/data/block-file.ts';
export { ingest } from './node/data/ingest.ts';
export { dialGrpc } from './node/transports/grpc-client.ts';
export { listenGrpc } from './node/transports/grpc-server.ts';
export { dialWebSocket } from './node/transports/websocket-client.ts';
export { listenWebSocket } from './node/transports/websocket-server.ts';
export { differentiate } from './shared/autodiff/differentiate.ts';
export { gradientModel } from './shared/autodiff/gradient-model.ts';
export { DataError } from './shared/data/data-error.ts';
export type { Job, LayerJob, ModelJob } from './shared/job/job.ts';
export { JobError, type Problem } from './shared/job/job-error.ts';
export { parseJob } from './shared/job/parse.ts';
export {
  add,
  concatenate,
  dot,
  functional,
  input,
  multiply,
  type Value,
} from './shared/nn/build/graph.ts';
export { type Layer, nn, sequential } from './shared/nn/build/layers.ts';
export { type ImportedModel, importForTraining } from './shared/nn/import/import.ts';
export { buildModel, type FeatureSpec, type TargetSpec } from './shared/nn/model.ts';
export { ModelBuildError } from './shared/nn/model-build-error.ts';
export { type Attributes, GraphBuilder } from './shared/onnx/builder.ts';
export { importModel } from './shared/onnx/import.ts';
export { inspectModel, tooLong } from './shared/onnx/inspect/inspect.ts';
export type { Inspection, InspectOptions, Refusal } from './shared/onnx/inspect/inspection.ts';
export { DEFAULT_INSPECTION_LIMITS, type InspectionLimits } from './shared/onnx/inspect/limits.ts';
export { describeInspection, inspectionText } from './shared/onnx/inspect/words.ts';
export type { Dim, Graph, Model, Node } from './shared/onnx/model.ts';
export { readModel } from './shared/onnx/read.ts';
export type { DataType, Tensor } from './shared/onnx/tensor.ts';
export { writeModel } from './shared/onnx/write.ts';
export type { Channel, Listener } from './shared/protocol/channel.ts';
export { type Sampling, sampleToken } from './shared/text/sample.ts';
export { Tokenizer } from './shared/text/tokenizer.ts';
export { TokenizerTrainer } from './shared/text/train-tokenizer.ts';
export { version } from './shared/version.ts';
export { type SimulateOptions, Simulation, simulate } from './simulation/simulate.ts';
export type {
  SimulationEvents,
  SimulationFacts,
  SimulationProgress,
  SimulationResult,
} from './simulation/simulation-events.ts';
export { createMember, type NodeMemberOptions } from './worker/create-member.ts';
export type { MemberEvents } from './worker/events.ts';
export type { Member } from './worker/member.ts';
export type { MemberOptions } from './worker/member-options.ts';
export type { Answer, Asked } from './worker/participant/asked.ts';
