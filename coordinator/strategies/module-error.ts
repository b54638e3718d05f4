/** A module that the job names is no strategy, or one of its functions fails in the run. */
export class StrategyModuleError extends Error {
  override readonly name = 'StrategyModuleError';
}
