// Reading a list where the index has to be inside it: an error where `list[i] ?? 0` would go on with a wrong number.

/**
 * list[index].
 * @param index whole, from 0 to length - 1: a negative one does not count from the end
 * @param what names the index in the error
 * @throws RangeError when there is no such entry
 */
export function at<T>(list: ArrayLike<T>, index: number, what = 'index'): T {
  if (Number.isSafeInteger(index) && index >= 0 && index < list.length) return list[index] as T;
  const expected =
    list.length === 0 ? 'a list that is not empty' : `a whole number from 0 to ${list.length - 1}`;
  throw new RangeError(`${what}: expected ${expected}, got ${list.length === 0 ? 'none' : index}.`);
}

/** The last entry. @throws RangeError when there is none */
export function last<T>(list: ArrayLike<T>): T {
  return at(list, list.length - 1);
}
