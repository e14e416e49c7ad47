import * as z from "zod/mini";
import { readBoolean } from "./dialect.ts";
import { BOOLEAN_SHOWN, shown, written } from "./schema_parts.ts";

/**
 * Keys of `config` about the node's program as a service, for `redpak unit`: each is the node's own, and no other node
 * has it from there. redpak 2.5 does not know them.
 */
export const SERVICE_KEYS = ["after", "notify", "listen"] as const;

/** Sockets that are opened for one node; the stage knows the same number. */
export const MOST_SOCKETS = 32;

/** As an alias or a path is written, so that it is one word everywhere. */
const nodeName = shown(
  written((value, refuse) =>
    NODE_NAME.test(value) ? value : refuse("expected the alias of a node or its absolute path, without spaces")
  ),
  { type: "string", pattern: "^([a-z0-9][a-z0-9_.-]{0,62}|/[^\\s$]+)$" },
);
const NODE_NAME = /^(?:[a-z0-9][a-z0-9_.-]{0,62}|\/[^\s\p{C}$]+)$/u;

/** What systemd.socket(5) takes for `ListenStream=`, without what its specifiers and quotes would change. */
const ADDRESS =
  /^(?:[0-9]{1,5}|(?:[0-9]{1,3}\.){3}[0-9]{1,3}:[0-9]{1,5}|\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}|[/@][^\s\p{C}%$"'\\]+)$/u;

const address = shown(
  written((value, refuse) => {
    const port = /^(?:.*:)?([0-9]+)$/.exec(value)?.[1];
    const isPort = port === undefined || Number(port) >= 1 && Number(port) <= 65_535;
    return ADDRESS.test(value) && (isPort || /^[/@]/.test(value))
      ? value
      : refuse("expected a port, ADDRESS:PORT, [ADDRESS]:PORT, the path of a socket, or @NAME");
  }),
  { type: ["string", "integer"] },
);

const socket = z.strictObject({ stream: z.optional(address), datagram: z.optional(address) }).check(
  z.superRefine((entry, context) => {
    const given = [entry.stream, entry.datagram].filter((one) => one !== undefined).length;
    if (given === 1) return;
    context.addIssue({ code: "custom", message: 'a socket has one address: either "stream" or "datagram"' });
  }),
);
export type ListenEntry = z.output<typeof socket>;

export function makeService() {
  return {
    after: z.optional(z.array(nodeName).check(z.maxLength(64))),
    notify: z.optional(shown(written(readBoolean), BOOLEAN_SHOWN)),
    listen: z.optional(z.array(socket).check(z.maxLength(MOST_SOCKETS))),
  };
}
