/**
 * A graphics device that computes nothing and holds nothing. The engine run on it allocates what it would allocate on a
 * real one, so that GpuMemory counts a step's bytes before there is a device, a download or a single weight; the
 * formula can then never drift from the engine.
 */
export function nullDevice(maxBinding: number, maxBuffer = maxBinding): GPUDevice {
  const nothing = (): void => undefined;
  const done = (): Promise<void> => Promise.resolve();
  const pass = { setPipeline: nothing, setBindGroup: nothing, dispatchWorkgroups: nothing, end: nothing };
  const encoder = { beginComputePass: () => pass, clearBuffer: nothing, copyBufferToBuffer: nothing, finish: () => ({}) };
  const device = {
    limits: { maxStorageBufferBindingSize: maxBinding, maxBufferSize: maxBuffer },
    queue: { writeBuffer: nothing, submit: nothing, onSubmittedWorkDone: done },
    createBuffer: ({ label = '', size }: GPUBufferDescriptor) => ({ label, size, destroy: nothing, mapAsync: done, getMappedRange: () => new ArrayBuffer(size) }),
    createShaderModule: () => ({}),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createComputePipelineAsync: () => Promise.resolve({}),
    createBindGroup: () => ({}),
    createCommandEncoder: () => encoder,
  };
  // The part of a device that recorder, pipelines and memory use; anything else would show as a call of undefined.
  return device as unknown as GPUDevice;
}
