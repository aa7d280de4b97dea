// A line of the contents at the left of a page.
export interface Entry {
  readonly label: string;
  /** Left out: still to come. */
  readonly href?: string;
  readonly number?: number;
  /** Sections of this page below the entry: there is one, even if empty, where the reader is. */
  readonly sections?: readonly { readonly label: string; readonly href: string }[];
  /** Set off from the entries above by some space. */
  readonly apart?: boolean;
}
