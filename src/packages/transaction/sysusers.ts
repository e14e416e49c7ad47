import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { type Owners, ownersIn } from "./owners.ts";

/** Texts of passwd(5) and group(5). */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

/** A line of sysusers.d(5). */
export type Account =
  | { readonly kind: "group"; readonly name: string; readonly id: number | undefined }
  | { readonly kind: "member"; readonly name: string; readonly group: string }
  | {
    readonly kind: "user";
    readonly name: string;
    readonly id: number | undefined;
    /** Number or name of a group that is not that of the user's name. */
    readonly group: string | undefined;
    readonly comment: string;
    readonly home: string;
    readonly shell: string;
  };

/** What numbers are chosen from, the highest first, as systemd-sysusers(8) and useradd(8) do: the customary SYS_UID_MIN and _MAX. */
const CHOSEN = { first: 999, last: 101 } as const;

/** 65535 and the last one mean none. */
const NO_ID = [65_535, 2 ** 32 - 1];

/** What separates fields of passwd(5), and specifiers, which mean something of the machine. */
// deno-lint-ignore no-control-regex
const UNREADABLE = /[:%\u0000-\u001f]/;

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/;
const DEFAULT_HOME = "/";
const DEFAULT_SHELL = "/usr/sbin/nologin";

/**
 * Reads lines of sysusers.d(5): what users and groups a package has made. Ranges (`r`) choose no numbers here, and are
 * left out.
 *
 * @param source where they come from, for messages
 * @throws {RedpakError} `E_SYSUSERS` for what cannot be understood, or would become something else in passwd(5)
 */
export function readAccounts(lines: readonly string[], source: string): Account[] {
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#")).flatMap(
    (line): Account[] => {
      const refuse = (reason: string) =>
        new RedpakError({
          code: "E_SYSUSERS",
          exit: EXIT.dependency,
          message: `Cannot make the users of ${source}: ${quote(line)} ${reason}`,
        });
      const [type = "", name = "", id = "-", ...more] = fieldsOf(line);
      if (type === "r") return [];
      if (!NAME.test(name)) throw refuse("has no name of a user or group");
      // Who is there in any case.
      if (name === "root") return [];
      if ([id.replace(":", ""), ...more].some((field) => UNREADABLE.test(field))) {
        throw refuse("has characters that redpak does not understand");
      }
      if (type === "m") {
        if (!NAME.test(id)) throw refuse("has no name of a group");
        return [{ kind: "member", name, group: id }];
      }
      const [own = "-", group] = id.split(":");
      const number = own === "-" ? undefined : readId(own);
      if (own !== "-" && number === undefined) throw refuse("has no number that a package could ask for");
      if (type === "g") return [{ kind: "group", name, id: number }];
      if (type !== "u" && type !== "u!") throw refuse("is of no kind that is known");
      if (group !== undefined && !NAME.test(group) && readId(group) === undefined) throw refuse("has no group");
      const [comment = "-", home = "-", shell = "-"] = more;
      const orElse = (field: string, otherwise: string) => field === "-" || field === "" ? otherwise : field;
      return [{
        kind: "user",
        name,
        id: number,
        group,
        comment: orElse(comment, ""),
        home: orElse(home, DEFAULT_HOME),
        shell: orElse(shell, DEFAULT_SHELL),
      }];
    },
  );
}

/** Separated by blanks; one with blanks is between quotation marks. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) =>
    double ?? single ?? plain ?? ""
  );
}

/** 0 is root's, and no package's. */
function readId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id > 0 && id < 2 ** 32 && !NO_ID.includes(id) ? id : undefined;
}

/**
 * Adds users and groups that are not there yet, and leaves all others as they are. Where a number is taken, or none is asked
 * for, the highest that is free as user and as group is chosen: the same for the same files.
 *
 * @param taken names and numbers that are taken elsewhere, by ancestors of the node
 * @throws {RedpakError} `E_SYSUSERS` where no number is left
 */
export function addAccounts(files: AccountFiles, accounts: readonly Account[], taken: Owners): AccountFiles {
  const book = new AccountBook(files, taken);
  for (const kind of ["group", "user", "member"] as const) {
    for (const account of accounts) if (account.kind === kind) book.add(account);
  }
  return book.files();
}

class AccountBook {
  readonly #passwd: string[];
  readonly #group: string[];
  readonly #users: Map<string, number>;
  readonly #groups: Map<string, number>;

  constructor({ passwd, group }: AccountFiles, taken: Owners) {
    this.#passwd = linesOf(passwd);
    this.#group = linesOf(group);
    this.#users = new Map([...taken.users, ...ownersIn(passwd)]);
    this.#groups = new Map([...taken.groups, ...ownersIn(group)]);
  }

  files(): AccountFiles {
    const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
    return { passwd: text(this.#passwd), group: text(this.#group) };
  }

  add(account: Account): void {
    switch (account.kind) {
      case "group":
        this.#addGroup(account.name, account.id);
        break;
      case "user":
        this.#addUser(account);
        break;
      case "member":
        this.#addGroup(account.group, undefined);
        this.#addUser({ ...account, ...NOBODY_IN_PARTICULAR });
        this.#addMember(account.name, account.group);
    }
  }

  #addGroup(name: string, wanted: number | undefined): number {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const isFree = wanted !== undefined && !has(this.#groups, wanted);
    const id = isFree ? wanted : this.#choose(name);
    this.#groups.set(name, id);
    this.#group.push(`${name}:x:${id}:`);
    return id;
  }

  #addUser({ name, id: wanted, group, comment, home, shell }: Omit<Account & { kind: "user" }, "kind">): void {
    if (this.#users.has(name)) return;
    // A group of its name, be it there already, and the user have one number where that can be.
    const preferred = wanted ?? this.#groups.get(name);
    const isFree = preferred !== undefined && preferred > 0 && !has(this.#users, preferred);
    const id = isFree ? preferred : this.#choose(name);
    const number = group === undefined ? this.#addGroup(name, id) : readId(group) ?? this.#addGroup(group, undefined);
    this.#users.set(name, id);
    this.#passwd.push(`${name}:x:${id}:${number}:${comment}:${home}:${shell}`);
  }

  #addMember(user: string, group: string): void {
    this.#group.forEach((line, at) => {
      const [name, password, id, members = ""] = line.split(":");
      const all = members.split(",").filter((member) => member !== "");
      if (name !== group || all.includes(user)) return;
      this.#group[at] = [name, password, id, [...all, user].join(",")].join(":");
    });
  }

  #choose(name: string): number {
    for (let id: number = CHOSEN.first; id >= CHOSEN.last; id--) {
      if (!has(this.#users, id) && !has(this.#groups, id)) return id;
    }
    throw new RedpakError({
      code: "E_SYSUSERS",
      exit: EXIT.dependency,
      message: `Cannot make ${quote(name)}: all numbers from ${CHOSEN.last} to ${CHOSEN.first} are taken`,
    });
  }
}

const NOBODY_IN_PARTICULAR = {
  id: undefined,
  group: undefined,
  comment: "",
  home: DEFAULT_HOME,
  shell: DEFAULT_SHELL,
};

const has = (numbers: ReadonlyMap<string, number>, id: number): boolean => [...numbers.values()].includes(id);

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
