// Prints "passed failed" of a vitest JSON report, and notes the tests that were skipped in a log.
import { appendFileSync, readFileSync } from 'node:fs';

const [report, log] = process.argv.slice(2);
const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
for (const { assertionResults } of testResults) {
  for (const { fullName, status } of assertionResults) {
    if (status !== 'passed' && status !== 'failed') appendFileSync(log, `SKIPPED: ${fullName}\n`);
  }
}
console.log(numPassedTests, numFailedTests);
