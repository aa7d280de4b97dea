// Whether the reader asked the browser to spare their connection.

interface Connection {
  readonly saveData?: boolean;
}

/** True where the browser is told to save data (Chromium's Save-Data; other browsers never say). */
export function sparesConnection(): boolean {
  if (typeof navigator === 'undefined') return false;
  const { connection } = navigator as Navigator & { readonly connection?: Connection };
  return connection?.saveData === true;
}
