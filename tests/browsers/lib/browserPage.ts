// What a smoke test needs of a browser, whichever it is.

export interface BrowserPage {
  goto(url: string): Promise<void>;
  /** Evaluates an expression in the page; the value comes back as JSON would bring it. */
  evaluate(expression: string): Promise<unknown>;
  /** Ends the browser and all that was started for it. */
  close(): Promise<void>;
}
