import { RPMFILE } from "../../../ffi/librpm/constants.ts";
import type { Problem } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { formatNevra } from "../database/installed_package.ts";
import { type Holder, HOST } from "../database/holders.ts";
import { type PackageContent, packageContent, type PackagedFile } from "./package_content.ts";
import { type FileContent, isSameFile } from "./same_file.ts";

/** Conflicts that are reported: the first ones say what the matter is. */
const MOST = 20;

/**
 * Files of packages that packages of other nodes of the family have already, and different ones. librpm compares with what
 * is in the node itself; directories, and files that are the same, can be everybody's.
 */
export function findFileConflicts(packages: readonly PackageContent[], others: readonly Holder[]): Problem[] {
  const own = new Map<string, { readonly content: PackageContent; readonly file: PackagedFile }>();
  for (const content of packages) {
    for (const file of content.files) if (exists(file)) own.set(file.path, { content, file });
  }
  const problems: Problem[] = [];
  for (const { node, open } of own.size === 0 ? [] : others) {
    using database = open();
    database?.map((header) => {
      const paths = header.texts("FILENAMES");
      if (problems.length >= MOST || !paths.some((path) => own.has(path))) return;
      const other = packageContent(header);
      for (const file of other?.files ?? []) {
        const mine = own.get(file.path);
        if (mine === undefined || !exists(file)) continue;
        if (isSameFile(withAlgorithm(mine.content, mine.file), withAlgorithm(other!, file))) continue;
        const whose = node === HOST ? "the host" : `node ${quote(node)}`;
        problems.push({
          code: "E_FILE_CONFLICT",
          message: `Cannot install ${formatNevra(mine.content.package)}: its file ${
            quote(file.path)
          } is another one in ${formatNevra(other!.package)} of ${whose}`,
        });
      }
    });
  }
  return problems.slice(0, MOST);
}

const exists = ({ flags }: PackagedFile): boolean => (flags & RPMFILE.GHOST) === 0;

function withAlgorithm({ digestAlgorithm }: PackageContent, file: PackagedFile): FileContent {
  return { ...file, digestAlgorithm };
}
