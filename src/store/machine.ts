/** By whose files the owner of a machine speaks: this one's, or those of a device whose image it is. */
export interface Machine {
  /** What is `/` on it, without symbolic links; empty for `/` itself. */
  readonly root: string;
  /** Who owns those files. An image belongs to who has unpacked it, who is root on the device. */
  readonly owners: readonly number[];
}

export const THIS_MACHINE: Machine = { root: "", owners: [0] };
