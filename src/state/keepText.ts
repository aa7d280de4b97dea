// Text that changes goes on changing under a translator. Translators put elements of their own, `<font>`, in place of the
// page's text nodes; what a figure then writes goes to a node that is no longer there, and numbers and states stand still.
// So the node comes back, empty, beside the translation. When the figure writes to it, or takes it away, the translation
// goes: the new words are on the page, and the translator may take them up in its turn.

interface Translation {
  /** The translator's element. */
  readonly font: Element;
  /** What the node said before. */
  readonly said: string;
}

const translations = new Map<Text, Translation>();

const isFont = (node: Node | null): node is Element => node instanceof Element && node.localName === 'font';

/** The translator's element in place of a text node that this record took out. */
function standIn({ addedNodes, previousSibling, nextSibling }: MutationRecord): Element | undefined {
  return [...addedNodes, previousSibling, nextSibling].find((node) => isFont(node) && node.isConnected) as
    Element | undefined;
}

/** The translator has put `font` in the place of `text`. */
function bringBack(text: Text, font: Element): void {
  translations.set(text, { font, said: text.data });
  text.data = '';
  font.before(text);
}

/** A node with a translation was moved or taken out, by the page or by the translator that gives the page back. */
function follow(text: Text, { font, said }: Translation): void {
  if (text.isConnected && font.isConnected) text.after(font);
  else {
    font.remove();
    translations.delete(text);
    if (text.data === '') text.data = said;
  }
}

function inspect(record: MutationRecord): void {
  const { type, target, removedNodes } = record;
  if (type === 'characterData') {
    const known = target instanceof Text ? translations.get(target) : undefined;
    if (known === undefined) return;
    known.font.remove();
    translations.delete(target as Text);
    return;
  }
  for (const node of removedNodes) {
    if (node instanceof Text) {
      const known = translations.get(node);
      const font = standIn(record);
      if (known !== undefined) follow(node, known);
      else if (!node.isConnected && node.data.trim() !== '' && font !== undefined) bringBack(node, font);
    }
  }
}

/** Texts whose translation or whose whole part of the page is gone. */
function forget(): void {
  for (const [text, known] of translations) {
    if (!text.isConnected || !known.font.isConnected) follow(text, known);
  }
}

let watching = false;

/** Watches the page from now on. To call it again does nothing. */
export function keepText(): void {
  if (watching) return;
  watching = true;
  const observer = new MutationObserver((records) => {
    records.forEach(inspect);
    if (records.some(({ removedNodes }) => removedNodes.length > 0)) forget();
    // What was done here is not news.
    observer.takeRecords();
  });
  observer.observe(document.body, { childList: true, characterData: true, subtree: true });
}
