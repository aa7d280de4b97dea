// Hands the reader files: a picture as PNG, rows of numbers as CSV.

/** Rows of a table, the first one its heads. */
export type Rows = readonly (readonly (string | number)[])[];

/** What a cell offers for download. Undefined instead of a file: it is still being computed. */
export interface Downloads {
  readonly png?: () => Promise<Blob | undefined> | Blob | undefined;
  readonly csv?: () => Rows | undefined;
  /** The files' name without its ending, where the figure's number would say too little. */
  readonly name?: () => string;
}

/** RFC 4180; a field that a spreadsheet would run as a formula is disarmed. */
export function csvText(rows: Rows): string {
  const field = (value: string | number): string => {
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** Hands `blob` to the reader as a file. */
export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
