// Shows a component on an empty page in the site's own styles, and takes it away after the test.
import '../../../src/styles/base.css';
import axe from 'axe-core';
import { flushSync, mount, unmount, type Component, type ComponentProps, type SvelteComponent } from 'svelte';
import { afterEach } from 'vitest';

/** Props of any component. */
type Values = ComponentProps<SvelteComponent>;

const there: Record<string, unknown>[] = [];

afterEach(async () => {
  for (const component of there.splice(0)) await unmount(component);
  document.body.replaceChildren();
});

export interface Shown<Props> {
  readonly host: HTMLElement;
  /** Gives it other values, as whoever uses the component would. */
  readonly set: (changes: Partial<Props>) => void;
}

/** @param width in pixels, of the room that it has */
export function show<Props extends Values>(
  component: Component<Props>,
  initial: NoInfer<Props>,
  width = 360,
): Shown<Props> {
  const host = document.createElement('main');
  host.style.width = `${width}px`;
  host.style.boxSizing = 'content-box';
  host.style.padding = '24px';
  document.body.append(host);
  const props = $state(initial);
  there.push(mount(component as Component<Values>, { target: host, props }));
  flushSync();
  return {
    host,
    set: (changes) => {
      Object.assign(props, changes);
      flushSync();
    },
  };
}

/** The only element of `host` that `selector` names. @throws where there are none, or several */
export function only(host: Element, selector: string): HTMLElement {
  const found = host.querySelectorAll<HTMLElement>(selector);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`Expected one ${selector}, got ${found.length}.`);
  return first;
}

/** A pointer event at a place of an element, counted from 0 to 1 along its sides. */
export function pointer(
  element: Element,
  type: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel' | 'pointerleave',
  [x, y]: readonly [number, number],
  pointerType: 'touch' | 'pen' | 'mouse' = 'touch',
): void {
  const box = element.getBoundingClientRect();
  element.dispatchEvent(
    new PointerEvent(type, {
      bubbles: true,
      cancelable: true,
      isPrimary: true,
      pointerId: 7,
      pointerType,
      clientX: box.left + x * box.width,
      clientY: box.top + y * box.height,
    }),
  );
  flushSync();
}

/** What axe finds wrong. */
export async function violations(host: Element): Promise<string[]> {
  const { violations: found } = await axe.run(host, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    // A piece is no page.
    rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } },
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
