/** Whether the metric is a share of 1, which people read as per cent. */
export function isShare(metric: string): boolean {
  // Of several outputs without the name of the output.
  const own = metric.slice(metric.lastIndexOf('.') + 1);
  return /accuracy|recall|precision|f1|label-error-rate/.test(own);
}

/** A metric as people read it, the same wherever it stands: shares as per cent with two decimals, else four digits. */
export function metricText(metric: string, value: number): string {
  if (isShare(metric) && value >= 0 && value <= 1) return `${(value * 100).toFixed(2)} %`;
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 10_000) ? value.toExponential(2) : value.toPrecision(4);
}
