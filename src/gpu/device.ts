/** The one place that asks for an adapter: what it can do, what it lacks, and what to say when there is none. */

/** What kernels may choose between; decided once, in TypeScript, never inside WGSL. */
export interface Capabilities {
  /** The adapter computes on the CPU (SwiftShader, WARP, llvmpipe). */
  readonly software: boolean;
  readonly subgroups: boolean;
  readonly shaderF16: boolean;
  readonly timestamps: boolean;
  /** Largest storage binding, bytes: what exceeds it is sharded. */
  readonly maxBinding: number;
  readonly maxBuffer: number;
  readonly maxWorkgroups: number;
}

export interface DeviceDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True for SwiftShader, WARP and other adapters that run on the CPU. */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export interface GpuDevice {
  readonly device: GPUDevice;
  readonly capabilities: Capabilities;
  readonly description: DeviceDescription;
}

/** No WebGPU, no adapter or a missing limit; `remedy` says what the user can do. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Limits worth more than the default where the adapter has them: onnxruntime-web asks for the same. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const;

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

/** Kernels bind at most this many storage buffers, the WebGPU default. */
const NEEDED_STORAGE_BUFFERS = 8;

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|warp/i;

const SWITCH_ON =
  'Chrome and Edge 113 or newer have WebGPU switched on (on Linux: chrome://flags/#enable-unsafe-webgpu and #enable-vulkan); ' +
  'Firefox 141 or newer has it on Windows and 145 on macOS; Safari has it from version 26.';

/** Browsers without WebGPU have no navigator.gpu, Node has no navigator, whatever the types say. */
function browserGpu(): GPU | undefined {
  const scope: { readonly navigator?: { readonly gpu?: GPU } } = globalThis;
  return scope.navigator?.gpu;
}

/**
 * The device that every engine of the page shares, with the adapter's own limits.
 * @throws DeviceError when WebGPU, an adapter or a needed limit is missing.
 */
export async function requestDevice(entry?: GPU): Promise<GpuDevice> {
  const gpu = entry ?? browserGpu();
  if (!gpu) throw new DeviceError('This browser does not offer WebGPU.', SWITCH_ON);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new DeviceError('WebGPU is there, but it found no graphics adapter.', SWITCH_ON);
  const available = adapter.limits.maxStorageBuffersPerShaderStage;
  if (available < NEEDED_STORAGE_BUFFERS) {
    throw new DeviceError(
      `The adapter binds at most ${available} storage buffers a shader; ${NEEDED_STORAGE_BUFFERS} are needed.`,
      'Another graphics adapter or a newer driver may offer more.',
    );
  }
  const requiredLimits = Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ label: 'seesaw', requiredFeatures, requiredLimits });
  const { vendor, architecture, description, device: model } = adapter.info;
  const words = [vendor, architecture, description, model].join(' ');
  const software = adapter.info.isFallbackAdapter || SOFTWARE.test(words);
  return {
    device,
    capabilities: {
      software,
      subgroups: device.features.has('subgroups'),
      shaderF16: device.features.has('shader-f16'),
      timestamps: device.features.has('timestamp-query'),
      maxBinding: device.limits.maxStorageBufferBindingSize,
      maxBuffer: device.limits.maxBufferSize,
      maxWorkgroups: device.limits.maxComputeWorkgroupsPerDimension,
    },
    description: {
      vendor,
      architecture,
      description: description || model,
      software,
      features: [...device.features].sort(),
      limits: Object.fromEntries(RAISED_LIMITS.map((name) => [name, device.limits[name]])),
    },
  };
}
