import { existsSync } from 'node:fs';

/** A Vulkan device in software, which Debian's chromium package brings: slow, and good enough for correctness. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Before the first WebGPU engine of a process: it runs on SwiftShader where no other device is named. */
export function useSoftwareGpu(): void {
  if (process.env['VK_DRIVER_FILES'] !== undefined || !existsSync(SWIFTSHADER)) return;
  process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
  process.env['VK_ICD_FILENAMES'] = SWIFTSHADER;
  process.env['XDG_RUNTIME_DIR'] ??= '/tmp';
}
