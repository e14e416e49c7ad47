/**
 * `EM_…` of `<elf.h>`: the machines whose programs a device runs, by what uname(2) calls it. 64-bit kernels mostly run the
 * programs of the 32-bit machine before them as well.
 */
export const MACHINES: Readonly<Record<string, readonly number[]>> = {
  x86_64: [62, 3],
  i686: [3],
  aarch64: [183, 40],
  armv7l: [40],
  riscv64: [243],
  ppc64le: [21],
  s390x: [22],
};
