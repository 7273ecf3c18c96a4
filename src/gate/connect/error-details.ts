import type { GoverseError } from '../../core/index.js';

/** The details of an error as JSON text; empty if there are none, or none that JSON can hold. */
export function detailsJson({ details }: GoverseError): string {
  try {
    return JSON.stringify(details) ?? '';
  } catch {
    return '';
  }
}
