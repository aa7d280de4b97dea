// What a chapter may use without an import.
import Live from '../kit/marks/Live.astro';
import Meaning from '../kit/marks/Meaning.astro';
import Aside from './Aside.astro';
import Cite from './Cite.astro';
import Misconception from './Misconception.astro';
import Note from './Note.astro';
import Term from './Term.astro';
import Try from './Try.astro';

export const parts = { Aside, Cite, Live, Meaning, Misconception, Note, Term, Try };
