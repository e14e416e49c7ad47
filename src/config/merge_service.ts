import type { Visit } from "./merge_visit.ts";
import type { Sourced } from "./merged.ts";
import type { ListenEntry } from "./service_schema.ts";

/** What a node says of its program as a service. */
export interface Service {
  /** Nodes that are started before it: aliases or paths. */
  readonly after: readonly Sourced<string>[];
  /** Its program tells the service manager when it is ready, sd_notify(3). */
  readonly notify?: Sourced<boolean> | undefined;
  /** Sockets that the service manager opens for it, in the order of their descriptors. */
  readonly listen: readonly Sourced<ListenEntry>[];
}

/**
 * The leaf's own values, its admin file first; a list counts as a whole. What an ancestor says is about the program of the
 * ancestor.
 *
 * @param visits in the order of `visitParts`
 */
export function mergeService(visits: readonly Visit[]): Service {
  const [own] = visits.filter(({ part }) => part === "normal");
  const leaf = visits.filter(({ node }) => node === own?.node);
  const list = <T>(key: "after" | "listen", values: (visit: Visit) => readonly T[] | undefined) => {
    const visit = leaf.find((visit) => values(visit) !== undefined);
    return (visit && values(visit) || []).map((value, index): Sourced<T> => {
      const { node, part, file } = visit!;
      return { value, node, part, where: file.locate(["config", key, index]), path: ["config", key, index] };
    });
  };
  const notifying = leaf.find(({ file }) => file.config.config?.notify !== undefined);
  return {
    after: list("after", ({ file }) => file.config.config?.after),
    listen: list("listen", ({ file }) => file.config.config?.listen),
    ...notifying === undefined ? {} : {
      notify: {
        value: notifying.file.config.config!.notify!,
        node: notifying.node,
        part: notifying.part,
        where: notifying.file.locate(["config", "notify"]),
      },
    },
  };
}
