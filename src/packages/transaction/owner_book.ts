import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { HOST } from "../database/holders.ts";
import { formatNevra } from "../database/installed_package.ts";
import type { Directory } from "../generation/directory.ts";
import type { TransactionContent } from "../generation/node_content.ts";
import type { OwnerIds } from "./check_result.ts";
import type { TransactionJob } from "./job.ts";
import { announcedAccounts, hiddenAccounts, hidesAccounts, makeAccounts } from "./make_accounts.ts";
import { findOwners, type Owners, refuseStrangers } from "./owners.ts";
import type { PackageContent } from "./package_content.ts";

/**
 * Who the files of the packages of a transaction belong to, all are the caller's where that is not root; and the users and
 * groups that the packages have made.
 */
export class OwnerBook {
  readonly #contents: readonly PackageContent[];
  readonly #gives: boolean;
  /** The host is none of them, whose packages may count: no package gives files to users of the host. */
  readonly #ancestors: readonly string[];

  constructor(
    private readonly content: TransactionContent,
    job: TransactionJob,
    arrivals: readonly { readonly content: PackageContent }[],
  ) {
    this.#contents = arrivals.map((arrival) => arrival.content);
    this.#gives = content.directory.kernel.geteuid() === 0;
    this.#ancestors = job.ancestors.map(({ node }) => node).filter((node) => node !== HOST);
    if (!this.#gives) this.#refuseForeign();
  }

  /**
   * @param root directory of the node, or what stands in its place
   * @param content of one package; of all when absent
   * @throws {RedpakError} `E_PACKAGE_OWNER`
   */
  refuseStrangers(root: string, content?: PackageContent): void {
    if (!this.#gives) return;
    const owners = this.#find(root);
    for (const each of content === undefined ? this.#contents : [content]) refuseStrangers(owners, each);
  }

  /** `null` where the caller cannot give files to others, and need not. */
  idsOf(root: string): OwnerIds | null {
    if (!this.#gives) return null;
    const { users, groups } = this.#find(root);
    return { users: Object.fromEntries(users), groups: Object.fromEntries(groups) };
  }

  /** Whether users are known only when the files of a package are in place. */
  get isLate(): boolean {
    return this.#contents.some(hidesAccounts);
  }

  /** Whether something is made in passwd(5) and group(5). */
  get makesAccounts(): boolean {
    return this.isLate || this.#contents.some((content) => announcedAccounts(content).length > 0);
  }

  /**
   * Makes the users and groups that packages announce, before anything of theirs is in place. Throws SystemCallError.
   *
   * @throws {RedpakError} `E_SYSUSERS`
   */
  makeAnnounced(root: Directory): void {
    makeAccounts(root, this.#contents.flatMap(announcedAccounts), this.#elsewhere());
  }

  /** Makes those of a package whose files are in place now. Throws as `makeAnnounced`. */
  makeHidden(root: Directory, content: PackageContent): void {
    if (hidesAccounts(content)) makeAccounts(root, hiddenAccounts(root, content), this.#elsewhere());
  }

  /** Whom the ancestors know. */
  #elsewhere(): Owners {
    return findOwners(this.content.directory.kernel, this.#ancestors);
  }

  #find(root: string): Owners {
    const { content } = this;
    // What stands in the node's place has not all of it.
    return findOwners(content.directory.kernel, [root, content.path, ...this.#ancestors]);
  }

  #refuseForeign(): void {
    const problems = this.#contents.flatMap(({ package: nevra, files }) => {
      const foreign = files.find(({ user, group }) => user !== "root" || group !== "root");
      return foreign === undefined ? [] : [{
        code: "E_PACKAGE_OWNER",
        message: `Cannot install ${escapeText(formatNevra(nevra))}: its file "${escapeText(foreign.path)}" belongs to ${
          escapeText(`${foreign.user}:${foreign.group}`)
        }, and only root can give files away`,
        hints: ["in a node of your own, packages can have files of root only: they become yours"],
      }];
    });
    const [first] = problems;
    if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.dependency, problems });
  }
}
