/** Short forms are written as papers write them. */
const SHORT: Readonly<Record<string, string>> = {
  auc: 'AUC',
  f1: 'F1',
  iou: 'IoU',
  mae: 'MAE',
  pr: 'PR',
  r2: 'R²',
  rmse: 'RMSE',
  roc: 'ROC',
};

/** A metric as a title begins: `roc-auc` is ROC AUC, and `digit.label-error-rate`, of several outputs, Label error rate of digit. */
export function metricTitle(metric: string): string {
  const dot = metric.lastIndexOf('.');
  const words = metric
    .slice(dot + 1)
    .split('-')
    .map((word) => SHORT[word] ?? word)
    .join(' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${dot > 0 ? ` of ${metric.slice(0, dot)}` : ''}`;
}
