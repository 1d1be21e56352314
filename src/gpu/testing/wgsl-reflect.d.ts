/** The package's CommonJS entry does not load in an ES module project; its ES build does, but has no types of its own. */
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export { detectRaces } from 'wgsl_reflect';
}
