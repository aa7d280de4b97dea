// `?present` on the page of one figure: it fills the window, the arrows move its control wherever the focus is, and Page Up
// and Page Down, the keys of a presenter's remote, turn between its picture and what else it has. See styles/present.css.

/** How often the picture is made smaller until its control fits below it. */
const TRIES = 6;
const SMALLEST = 0.3;

export function present(): void {
  const root = document.documentElement;
  const staging = document.querySelector<HTMLElement>('.cell .staging');
  if (root.dataset['present'] === undefined || staging === null) return;
  const slides = (): number =>
    staging.querySelector(':scope > .main') && staging.children.length > 2 ? 2 : 1;

  /** How far its content is too high, in pixels. */
  const over = (): number => staging.scrollHeight - staging.clientHeight;
  const fit = (): void => {
    const body = staging.querySelector<HTMLElement>('.body');
    const set = (name: string, value: string): void => staging.style.setProperty(name, value);
    // A figure whose picture heeds --room says itself what becomes smaller; of others everything becomes narrower.
    let room = body?.clientHeight ?? staging.clientHeight;
    staging.style.removeProperty('--room');
    set('--present-width', '100%');
    for (let i = 0; i < TRIES && over() > 2; i++) {
      const before = over();
      room = Math.max(SMALLEST * staging.clientHeight, room - before);
      set('--room', `${room}px`);
      if (over() >= before) break;
    }
    for (let i = 0, width = 1; i < TRIES && over() > 2; i++) {
      width = Math.max(SMALLEST, width / Math.max(staging.scrollHeight / staging.clientHeight, 1.03));
      set('--present-width', `${100 * width}%`);
    }
  };
  const turnButton = document.querySelector<HTMLButtonElement>('.present-bar button');
  const turn = (slide: number): void => {
    const now = Math.min(Math.max(slide, 1), slides());
    root.dataset['slide'] = String(now);
    if (turnButton) turnButton.textContent = now === 1 ? 'More' : 'Picture';
    fit();
  };
  turnButton?.toggleAttribute('hidden', slides() === 1);
  turnButton?.addEventListener('click', () => turn(root.dataset['slide'] === '2' ? 1 : 2));

  document.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const slide = root.dataset['slide'] === '2' ? 2 : 1;
      if (event.key === 'PageDown') turn(slide + 1);
      else if (event.key === 'PageUp') turn(slide - 1);
      else if (event.key === 'Escape') document.querySelector<HTMLAnchorElement>('.present-bar a')?.click();
      else if (isFree(event.target) && /^Arrow(Left|Right)$/.test(event.key)) {
        if (!step(staging, event.key === 'ArrowRight' ? 1 : -1)) return;
      } else return;
      event.preventDefault();
    },
    { capture: true },
  );
  addEventListener('resize', fit);
  // Pictures and a figure's script may change what there is to fit.
  new ResizeObserver(fit).observe(staging.firstElementChild ?? staging);
  turn(1);
}

/** Whether an arrow means nothing to what has the focus. */
const isFree = (target: EventTarget | null): boolean =>
  !(target instanceof Element && target.closest('input, select, textarea, [tabindex], [role=slider]'));

/** Moves the figure's one control a step; false if it has none that arrows could move. */
function step(staging: HTMLElement, by: 1 | -1): boolean {
  const control = staging.querySelector('[data-control]') ?? staging.querySelector(':scope > .controls');
  const slider = control?.querySelector<HTMLInputElement>('input[type=range]');
  if (slider) {
    if (by === 1) slider.stepUp();
    else slider.stepDown();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    return true;
  }
  const radios = [...(control?.querySelectorAll<HTMLInputElement>('input[type=radio]') ?? [])];
  const next = radios[radios.findIndex(({ checked }) => checked) + by];
  next?.click();
  return radios.length > 0;
}
