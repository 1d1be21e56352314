import * as z from 'zod';
import { DESIGNS } from './angles/types.ts';
import type { Design } from './angles/types.ts';
import { TARGETS } from './gram/types.ts';
import type { ParameterSet, Target } from './gram/types.ts';
import type { Routing } from './trajectory/types.ts';

/**
 * An experiment's configuration in the query of a URL. Only what differs from the defaults is written; what is out of
 * range is clamped and said; unknown keys are kept and said, so that a link of a newer page survives an older one.
 */
export const URL_VERSION = 1;
const VERSION_KEY = 'v';

/** How one field reads and writes its text. */
export interface UrlField<Value> {
  readonly default: Value;
  /** The value, perhaps clamped with a note; null when the text means nothing. */
  parse(text: string): { readonly value: Value; readonly note?: string } | null;
  format(value: Value): string;
}

export type UrlFields<Config> = { readonly [Key in keyof Config]: UrlField<Config[Key]> };

export interface UrlReading<Config> {
  readonly config: Config;
  /** What was clamped, not understood or unknown, one sentence each. */
  readonly reports: readonly string[];
  /** Keys that belong to no field, in order, to be written back. */
  readonly unknown: readonly (readonly [string, string])[];
}

/** One of these words. */
export function choice<const Word extends string>(words: readonly Word[], fallback: Word): UrlField<Word> {
  const schema = z.enum(words);
  return {
    default: fallback,
    parse: (text) => {
      const parsed = schema.safeParse(text);
      return parsed.success ? { value: parsed.data } : null;
    },
    format: (value) => value,
  };
}

/** 1 or 0 (true and false are understood too). */
export function flag(fallback: boolean): UrlField<boolean> {
  const words = new Map([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ]);
  return {
    default: fallback,
    parse: (text) => {
      const value = words.get(text.toLowerCase());
      return value === undefined ? null : { value };
    },
    format: (value) => (value ? '1' : '0'),
  };
}

/** A whole number, clamped to [min, max]. */
export function whole(min: number, max: number, fallback: number): UrlField<number> {
  const schema = z.string().regex(/^[+-]?\d+$/).transform(Number);
  return {
    default: fallback,
    parse: (text) => {
      const parsed = schema.safeParse(text.trim());
      if (!parsed.success) return null;
      const value = Math.min(max, Math.max(min, parsed.data));
      return value === parsed.data ? { value } : { value, note: `${text} is outside ${min} to ${max}` };
    },
    format: String,
  };
}

/** A decimal number, clamped to [min, max]. */
export function decimal(min: number, max: number, fallback: number): UrlField<number> {
  const schema = z.string().regex(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i).transform(Number);
  return {
    default: fallback,
    parse: (text) => {
      const parsed = schema.safeParse(text.trim());
      if (!parsed.success) return null;
      const value = Math.min(max, Math.max(min, parsed.data));
      return value === parsed.data ? { value } : { value, note: `${text} is outside ${min} to ${max}` };
    },
    format: String,
  };
}

/** A whole number or the word `all`. */
export function wholeOrAll(min: number, max: number): UrlField<number | 'all'> {
  const number = whole(min, max, min);
  return { default: 'all', parse: (text) => (text === 'all' ? { value: 'all' } : number.parse(text)), format: String };
}

/** A name: one line without control characters, cut at `length`. */
export function name(fallback: string, length = 200): UrlField<string> {
  const schema = z.string().regex(/^[^\p{Cc}]+$/u);
  return {
    default: fallback,
    parse: (text) => {
      const parsed = schema.safeParse(text);
      if (!parsed.success) return null;
      return parsed.data.length <= length ? { value: parsed.data } : { value: parsed.data.slice(0, length), note: `it is longer than ${length} characters` };
    },
    format: (value) => value,
  };
}

/** Reads a query ("?seed=3&…", with or without the mark). Never throws. */
export function readUrl<Config extends object>(fields: UrlFields<Config>, query: string): UrlReading<Config> {
  const reports: string[] = [];
  const unknown: [string, string][] = [];
  const config = defaultConfig(fields);
  const seen = new Set<string>();
  for (const [key, text] of new URLSearchParams(query)) {
    if (key === VERSION_KEY) {
      if (Number(text) > URL_VERSION) reports.push(`This link was made by a newer page (version ${text}); what is not understood is ignored.`);
      continue;
    }
    if (!isKey(fields, key)) {
      unknown.push([key, text]);
      reports.push(`"${key}" is not a setting of this page; it is kept in the address.`);
      continue;
    }
    if (seen.has(key)) {
      reports.push(`"${key}" is given twice; the first counts.`);
      continue;
    }
    seen.add(key);
    const field = fields[key];
    const parsed = field.parse(text);
    if (parsed === null) reports.push(`"${key}" cannot be "${text.slice(0, 40)}"; ${field.format(field.default)} is used.`);
    else {
      config[key] = parsed.value;
      if (parsed.note !== undefined) reports.push(`"${key}": ${parsed.note}; ${field.format(parsed.value)} is used.`);
    }
  }
  return { config, reports, unknown };
}

/** Every field at its default. */
export function defaultConfig<Config extends object>(fields: UrlFields<Config>): Config {
  const entries = keysOf(fields).map((key) => [key, fields[key].default] as const);
  // Every key of Config has its field, and a field's default has its key's type.
  return Object.fromEntries(entries) as Config;
}

/** The query without its mark; empty when everything is at its default and nothing unknown is kept. */
export function writeUrl<Config extends object>(fields: UrlFields<Config>, config: Config, unknown: readonly (readonly [string, string])[] = []): string {
  const query = new URLSearchParams();
  for (const key of keysOf(fields)) {
    const text = fields[key].format(config[key]);
    if (text !== fields[key].format(fields[key].default)) query.append(String(key), text);
  }
  if (query.size > 0) query.append(VERSION_KEY, String(URL_VERSION));
  for (const [key, text] of unknown) query.append(key, text);
  return query.toString();
}

function keysOf<Config extends object>(fields: UrlFields<Config>): (keyof Config)[] {
  return Object.keys(fields) as (keyof Config)[];
}

function isKey<Config extends object>(fields: UrlFields<Config>, key: string): key is string & keyof Config {
  return Object.hasOwn(fields, key);
}

/** The angle page's settings. */
export interface AngleUrlConfig {
  readonly backbone: string;
  readonly data: string;
  readonly params: ParameterSet;
  readonly routing: Routing;
  readonly design: Design;
  readonly advantage: boolean;
  readonly reasoning: 'all' | 'think' | 'answer';
  readonly bothCorrect: boolean;
  readonly identical: boolean;
  readonly layer: number | 'all';
  readonly target: Target | 'all';
  readonly draws: number;
  readonly seed: number;
  readonly groups: number;
  readonly range: 'full' | 'zoom';
}

/** The angle page's fields. The names of the bundled backbone and data set are the page's own. */
export function angleUrlFields(defaults: { readonly backbone: string; readonly data: string }): UrlFields<AngleUrlConfig> {
  return {
    backbone: name(defaults.backbone),
    data: name(defaults.data),
    params: choice(['full', 'lora'], 'full'),
    routing: choice(['paper', 'code'], 'paper'),
    design: choice(DESIGNS, 'single'),
    advantage: flag(false),
    reasoning: choice(['all', 'think', 'answer'], 'all'),
    bothCorrect: flag(false),
    identical: flag(false),
    layer: wholeOrAll(0, 511),
    target: choice(['all', ...TARGETS], 'all'),
    /** SPEC section 4 asks for 1,000 draws at least. */
    draws: whole(1000, 20_000, 1000),
    seed: whole(0, 4_294_967_295, 1),
    /** Questions at most; 0 = all. */
    groups: whole(0, 10_000, 0),
    range: choice(['full', 'zoom'], 'full'),
  };
}
