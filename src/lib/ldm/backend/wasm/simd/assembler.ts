// A small assembler for WebAssembly with SIMD: enough to write our kernels in this language, without a build step.
//
// An expression is a list of bytes that leaves a value on the stack; a statement is one that leaves nothing. Functions
// take and return expressions, so code reads inside out: f32x4.add(a.get, v128.load(p.get)).

export type Code = readonly number[];

export type ValueType = 'i32' | 'f32' | 'v128';
const TYPE_BYTES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** Unsigned LEB128. */
function uleb(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return out;
}

/** Signed LEB128. */
function sleb(value: number): number[] {
  const out: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

const f32Bytes = (value: number): number[] => [...new Uint8Array(new Float32Array([value]).buffer)];

/** A local variable or a parameter. */
export class Local {
  readonly index: number;
  readonly type: ValueType;

  constructor(index: number, type: ValueType) {
    this.index = index;
    this.type = type;
  }

  get get(): Code {
    return [0x20, ...uleb(this.index)];
  }

  set(value: Code): Code {
    return [...value, 0x21, ...uleb(this.index)];
  }
}

const binary =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const unary =
  (...opcode: number[]) =>
  (a: Code): Code => [...a, ...opcode];
const simd = (code: number): number[] => [0xfd, ...uleb(code)];

export const i32 = {
  const: (value: number): Code => [0x41, ...sleb(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  divU: binary(0x6e),
  remU: binary(0x70),
  ltU: binary(0x49),
  gtU: binary(0x4b),
  geU: binary(0x4f),
  /** a if condition is not 0, else b */
  select: (a: Code, b: Code, condition: Code): Code => [...a, ...b, ...condition, 0x1b],
};

export const f32 = {
  const: (value: number): Code => [0x43, ...f32Bytes(value)],
  load: (address: Code, offset = 0): Code => [...address, 0x2a, 2, ...uleb(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x38, 2, ...uleb(offset)],
  add: binary(0x92),
  sub: binary(0x93),
  mul: binary(0x94),
  div: binary(0x95),
  max: binary(0x97),
  sqrt: unary(0x91),
  fromI32: unary(0xb2),
};

export const v128 = {
  load: (address: Code, offset = 0): Code => [...address, ...simd(0), 2, ...uleb(offset)],
  /** One float, four times. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(9), 2, ...uleb(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(11),
    2,
    ...uleb(offset),
  ],
  and: binary(...simd(78)),
  or: binary(...simd(80)),
};

export const f32x4 = {
  const: (value: number): Code => {
    const bytes = f32Bytes(value);
    return [...simd(12), ...bytes, ...bytes, ...bytes, ...bytes];
  },
  splat: unary(...simd(19)),
  lane: (a: Code, lane: number): Code => [...a, ...simd(31), lane],
  abs: unary(...simd(224)),
  nearest: unary(...simd(106)),
  sqrt: unary(...simd(227)),
  add: binary(...simd(228)),
  sub: binary(...simd(229)),
  mul: binary(...simd(230)),
  div: binary(...simd(231)),
  min: binary(...simd(232)),
  max: binary(...simd(233)),
  /** a b + c, rounded once or twice: relaxed SIMD, which not every engine has. */
  relaxedMadd: (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...simd(0x105)],
  /** Sum of the four lanes of a local, an f32. */
  sum: (a: Local): Code => {
    const lane = (index: number): Code => f32x4.lane(a.get, index);
    return f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3)));
  },
  /** Largest of the four lanes of a local, an f32. */
  largest: (a: Local): Code => {
    const lane = (index: number): Code => f32x4.lane(a.get, index);
    return f32.max(f32.max(lane(0), lane(1)), f32.max(lane(2), lane(3)));
  },
};

export const i32x4 = {
  const: (value: number): Code => {
    const bytes = [...new Uint8Array(new Int32Array([value]).buffer)];
    return [...simd(12), ...bytes, ...bytes, ...bytes, ...bytes];
  },
  add: binary(...simd(174)),
  shl: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...simd(171)],
  truncate: unary(...simd(248)),
};

export const memory = {
  /** Copies `bytes` bytes; the regions may overlap. */
  copy: (to: Code, from: Code, bytes: Code): Code => [...to, ...from, ...bytes, 0xfc, 10, 0, 0],
  zero: (to: Code, bytes: Code): Code => [...to, ...i32.const(0), ...bytes, 0xfc, 11, 0],
};

/** Calls the function at this place in the module's list. */
export const call = (index: number, ...values: readonly Code[]): Code => [
  ...values.flat(),
  0x10,
  ...uleb(index),
];

/** Statements one after the other. */
export const seq = (...statements: readonly Code[]): Code => statements.flat();

/** Runs the body if the condition is not 0. */
export const when = (condition: Code, body: Code): Code => [...condition, 0x04, 0x40, ...body, 0x0b];

/** Runs one or the other. */
export const choose = (condition: Code, body: Code, otherwise: Code): Code => [
  ...condition,
  0x04,
  0x40,
  ...body,
  0x05,
  ...otherwise,
  0x0b,
];

/** `i` from `from` up to below `to` (unsigned), in steps. `to` is computed anew each time: pass a local. */
export function loop(i: Local, from: Code, to: Code, step: number | Code, body: Code): Code {
  const by = typeof step === 'number' ? i32.const(step) : step;
  return [
    ...i.set(from),
    ...[0x02, 0x40, 0x03, 0x40], // block, loop
    ...i32.geU(i.get, to),
    ...[0x0d, 1], // leave the block
    ...body,
    ...i.set(i32.add(i.get, by)),
    ...[0x0c, 0, 0x0b, 0x0b], // again; end, end
  ];
}

/** N of a kind. */
export type Tuple<T, N extends number, Made extends readonly T[] = []> = Made['length'] extends N
  ? Made
  : Tuple<T, N, readonly [...Made, T]>;

/** One function of a module. Its parameters are made first, then its locals, then its body. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameterTypes: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  body: Code = [];

  constructor(name: string, parameters: readonly ValueType[]) {
    this.name = name;
    this.parameterTypes = parameters;
  }

  /** All parameters, which must be `count`. */
  parameters<N extends number>(count: N): Tuple<Local, N> {
    if (this.parameterTypes.length !== count) {
      throw new RangeError(`${this.name}: expected ${count} parameters, got ${this.parameterTypes.length}`);
    }
    return this.parameterTypes.map((type, index) => new Local(index, type)) as readonly Local[] as Tuple<
      Local,
      N
    >;
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return new Local(this.parameterTypes.length + this.#locals.length - 1, type);
  }

  locals<N extends number>(type: ValueType, count: N): Tuple<Local, N> {
    const made: readonly Local[] = Array.from({ length: count }, () => this.local(type));
    return made as Tuple<Local, N>;
  }

  encode(): number[] {
    const declarations = this.#locals.flatMap((type) => [1, TYPE_BYTES[type]]);
    const code = [...uleb(this.#locals.length), ...declarations, ...this.body, 0x0b];
    return [...uleb(code.length), ...code];
  }
}

const encodeName = (name: string): number[] => {
  const bytes = [...new TextEncoder().encode(name)];
  return [...uleb(bytes.length), ...bytes];
};

const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...uleb(content.length),
  ...content,
];
const vector = (items: readonly (readonly number[])[]): number[] => [...uleb(items.length), ...items.flat()];

/** A module that imports its memory as `env.memory` and exports its functions by name. */
export function encodeModule(
  functions: readonly FunctionBuilder[],
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameterTypes }) => [
    0x60,
    ...vector(parameterTypes.map((type) => [TYPE_BYTES[type]])),
    0,
  ]);
  // Limits: a shared memory needs a maximum, the largest there is; it matches any smaller one.
  const limits = shared ? [3, ...uleb(1), ...uleb(65536)] : [0, ...uleb(1)];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...encodeName('env'), ...encodeName('memory'), 2, ...limits]])),
    ...section(3, vector(functions.map((_, index) => uleb(index)))),
    ...section(7, vector(functions.map(({ name }, index) => [...encodeName(name), 0, ...uleb(index)]))),
    ...section(10, vector(functions.map((builder) => builder.encode()))),
  ]);
}
