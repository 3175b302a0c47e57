import type { Report } from './report.js';
export function formatReport(_report: Report): string {
  return '';
}
