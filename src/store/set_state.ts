import { parseStatus } from "../config/parse.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { replaceFile } from "./durable.ts";
import { editYaml } from "./edit_yaml.ts";
import { ioError } from "./io_error.ts";
import { realDirectory } from "./node_path.ts";
import { lockNode } from "./lock_node.ts";
import { STATUS_FILE } from "./node_files.ts";
import { NodeNotFound } from "./node_not_found.ts";
import { readRegularFile } from "./read_file.ts";

export type State = "Enable" | "Disable";

/** What a change of state will do. */
export interface StateChange {
  /** Absolute path of the node. */
  readonly path: string;
  readonly from: string;
  readonly to: State;
  /** Text of the status file after it; absent where the node has the state already. */
  readonly text?: string;
}

/**
 * Decides what setting the state of a node means, without changing anything.
 *
 * @param timestamp milliseconds since 1970-01-01 UTC
 * @throws {RedpakError} `E_NODE_NOT_FOUND`; `E_CONFIG…` where the status file is invalid
 */
export async function planState(path: string, to: State, timestamp: number): Promise<StateChange> {
  const directory = realDirectory(path);
  const file = readRegularFile(`${directory}/${STATUS_FILE}`);
  if (file === undefined) throw new NodeNotFound(directory, "no node");
  const from = (await parseStatus(file.bytes, file.path)).status.state;
  if (from === to) return { path: directory, from, to };
  const text = editYaml(new TextDecoder("utf-8", { ignoreBOM: true }).decode(file.bytes), [
    { path: ["state"], value: to },
    { path: ["timestamp"], value: String(timestamp) },
  ]);
  // What was edited is read back before it replaces anything.
  if ((await parseStatus(text, file.path)).status.state !== to) {
    throw new RedpakError({
      code: "E_STATUS_EDIT",
      exit: EXIT.configuration,
      message: `Cannot change the state in "${file.path}": write it as a line of its own, "state: ${to}"`,
    });
  }
  return { path: directory, from, to, text };
}

/** Sets the state; every other byte of the status file but the timestamp stays, comments included. */
export async function setState(path: string, to: State, timestamp: number): Promise<StateChange> {
  using _lock = lockNode(realDirectory(path));
  const change = await planState(path, to, timestamp);
  if (change.text !== undefined) {
    try {
      replaceFile(`${change.path}/${STATUS_FILE}`, change.text);
    } catch (error) {
      throw ioError("write", `${change.path}/${STATUS_FILE}`, error);
    }
  }
  return change;
}
