/** Names of the threads that this program starts of itself. */

/** `file_check_worker.ts` */
export const FILE_CHECK = "redpak-file-check";
