// What a .astro file exports, for the tools that read TypeScript alone.
declare module '*.astro' {
  const Component: (props: Record<string, unknown>) => unknown;
  export default Component;
}
