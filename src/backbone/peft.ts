import { z } from 'zod';
import { targetShape } from './config.ts';
import { openSafetensors, safeTensorFloats, writeSafetensors } from './safetensors.ts';
import { BackboneError, type BackboneSource, type DecoderConfig, type LoraAdapter } from './types.ts';

const pattern = z.record(z.string(), z.number()).nullish();

/** The keys of adapter_config.json that change the arithmetic; each unsupported one is refused by name. */
const adapterConfig = z.looseObject({
  peft_type: z.string(),
  r: z.number().int().positive(),
  lora_alpha: z.number(),
  bias: z.string().nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  rank_pattern: pattern,
  alpha_pattern: pattern,
  modules_to_save: z.array(z.string()).nullish(),
  trainable_token_indices: z.unknown().optional(),
});

const KEY = /^(?:base_model\.model\.)?model\.layers\.(\d+)\.(self_attn|mlp)\.([a-z]+_proj)\.lora_([AB])(?:\.[^.]+)?\.weight$/;
const PARENT: Readonly<Record<string, string>> = { q_proj: 'self_attn', k_proj: 'self_attn', v_proj: 'self_attn', o_proj: 'self_attn', gate_proj: 'mlp', up_proj: 'mlp', down_proj: 'mlp' };

function parseAdapterConfig(text: string, path: string): { readonly rank: number; readonly alpha: number } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BackboneError(`${path} is not JSON.`);
  }
  const parsed = adapterConfig.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new BackboneError(`${path}: "${issue.path.join('.')}" is not as expected (${issue.message}).`);
  }
  const file = parsed.data;
  const refuse = (found: string): never => {
    throw new BackboneError(`${path} has ${found}; plain LoRA with one rank and one alpha is supported.`);
  };
  if (file.peft_type !== 'LORA') refuse(`peft_type "${file.peft_type}"`);
  if (file.bias && file.bias !== 'none') refuse(`trained biases ("bias": "${file.bias}")`);
  if (file.use_rslora) refuse('use_rslora');
  if (file.use_dora) refuse('use_dora');
  if (file.fan_in_fan_out) refuse('fan_in_fan_out');
  if (Object.keys(file.rank_pattern ?? {}).length > 0) refuse('a rank_pattern');
  if (Object.keys(file.alpha_pattern ?? {}).length > 0) refuse('an alpha_pattern');
  if ((file.modules_to_save ?? []).length > 0) refuse(`modules_to_save (${(file.modules_to_save ?? []).join(', ')})`);
  if (file.trainable_token_indices) refuse('trainable_token_indices');
  return { rank: file.r, alpha: file.lora_alpha };
}

/**
 * Reads a PEFT adapter folder (`adapter_config.json`, `adapter_model.safetensors`) and checks it against the model.
 * @param folder path of the folder in the source, without a slash at the end; '' for the source itself
 * @throws BackboneError naming the key that does not fit
 */
export async function readAdapter(source: BackboneSource, folder: string, config: DecoderConfig): Promise<LoraAdapter> {
  const inside = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const { rank, alpha } = parseAdapterConfig(await (await source.open(inside('adapter_config.json'))).text(), inside('adapter_config.json'));
  const path = inside('adapter_model.safetensors');
  const { tensors } = await openSafetensors(await source.open(path), path);
  const halves = new Map<string, { a?: Float32Array; b?: Float32Array; inFeatures: number; outFeatures: number }>();
  for (const [key, tensor] of tensors) {
    const match = KEY.exec(key);
    if (!match) throw new BackboneError(`${path} holds "${key}"; expected are keys like "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight".`);
    const [, layer, parent, target, half] = match;
    if (PARENT[target] !== parent || Number(layer) >= config.layers) throw new BackboneError(`${path} holds "${key}", which is no projection of this model of ${config.layers} layers.`);
    const { inFeatures, outFeatures } = targetShape(config, target);
    const [rows, columns] = half === 'A' ? [rank, inFeatures] : [outFeatures, rank];
    if (tensor.shape.length !== 2 || tensor.shape[0] !== rows || tensor.shape[1] !== columns) {
      throw new BackboneError(`${path}: "${key}" has shape [${tensor.shape.join(', ')}]; this model with rank ${rank} needs [${rows}, ${columns}].`);
    }
    const name = `layers.${layer}.${parent}.${target}`;
    const module = halves.get(name) ?? { inFeatures, outFeatures };
    module[half === 'A' ? 'a' : 'b'] = await safeTensorFloats(tensor, key);
    halves.set(name, module);
  }
  if (halves.size === 0) throw new BackboneError(`${path} holds no tensors.`);
  const modules = new Map<string, { a: Float32Array; b: Float32Array; inFeatures: number; outFeatures: number }>();
  for (const [name, { a, b, inFeatures, outFeatures }] of halves) {
    if (!a || !b) throw new BackboneError(`${path} holds only lora_${a ? 'A' : 'B'} of ${name}.`);
    modules.set(name, { a, b, inFeatures, outFeatures });
  }
  return { rank, alpha, modules };
}

/**
 * The two files of a PEFT adapter folder.
 * @param baseModel name for `base_model_name_or_path`
 */
export function writeAdapter(adapter: LoraAdapter, baseModel: string): { readonly config: string; readonly weights: Uint8Array<ArrayBuffer> } {
  const targets = new Set<string>();
  const tensors = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const [name, { a, b, inFeatures, outFeatures }] of adapter.modules) {
    targets.add(name.slice(name.lastIndexOf('.') + 1));
    tensors.set(`base_model.model.model.${name}.lora_A.weight`, { shape: [adapter.rank, inFeatures], values: a });
    tensors.set(`base_model.model.model.${name}.lora_B.weight`, { shape: [outFeatures, adapter.rank], values: b });
  }
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    target_modules: [...targets].sort(),
  };
  return { config: `${JSON.stringify(config, null, 2)}\n`, weights: writeSafetensors(tensors, { format: 'pt' }) };
}
