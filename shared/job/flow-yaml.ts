/** As YAML writes a value in one line. */
export function flowYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, member]) => `${key}: ${flowYaml(member)}`);
    return `{ ${entries.join(', ')} }`;
  }
  return typeof value === 'string' && !/^[\w][\w .-]*$/.test(value) ? JSON.stringify(value) : String(value);
}
