import { existsSync } from 'node:fs';
import type { Engine } from '../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../engines/onnxruntime-node.ts';

/** A Vulkan device in software, which Debian's chromium package brings: slow, and good enough for correctness. It has no float16. */
const SWIFTSHADER = ['/usr/lib/chromium/vk_swiftshader_icd.json'];

/** Mesa's device in software, lavapipe. It has float16; WebGPU runs on that of Mesa 25, and not on that of 22. */
const LAVAPIPE = ['', '.x86_64', '.aarch64'].map(
  (machine) => `/usr/share/vulkan/icd.d/lvp_icd${machine}.json`,
);

/** Before the first WebGPU engine of a process: it runs on SwiftShader where no other device is named. */
export function useSoftwareGpu(): void {
  useDriver(SWIFTSHADER);
}

/**
 * An engine on a device with float16, which is asked: the one that is named, else lavapipe, else the machine's own. To be the
 * first WebGPU engine of its process.
 *
 * @returns why not, where there is none
 */
export async function float16Gpu(): Promise<Engine | string> {
  useDriver(LAVAPIPE);
  // A shader runs a few times here: what LLVM takes to make it faster is a quarter of a test.
  process.env['GALLIVM_PERF'] ??= 'nopt';
  try {
    const engine = await createOnnxRuntimeNode({ provider: 'webgpu', threads: 1 });
    if ((await engine.float16()) === 'native') return engine;
    await engine.close();
    return 'the WebGPU device has no float16';
  } catch (cause) {
    return (cause as Error).message.split('\n')[0]!;
  }
}

function useDriver(places: readonly string[]): void {
  const driver = places.find((place) => existsSync(place));
  if (process.env['VK_DRIVER_FILES'] !== undefined || driver === undefined) return;
  process.env['VK_DRIVER_FILES'] = driver;
  // What loaders before 1.3.207 read.
  process.env['VK_ICD_FILENAMES'] = driver;
  process.env['XDG_RUNTIME_DIR'] ??= '/tmp';
}
