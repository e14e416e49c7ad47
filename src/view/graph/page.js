// The script of the page: shows one node in full, filters, and makes the tree one of WAI-ARIA (APG, "Tree View").
// What is shown comes from files that others write, so it becomes text nodes and nothing else.
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const graph = JSON.parse(byId("graph").textContent);
  const tree = byId("tree");
  const detail = byId("detail");
  const overview = byId("overview");
  const filter = byId("filter");
  const faulty = byId("faulty");

  /** Rows in the order of the tree, and by the place of their node. */
  const rows = [...tree.querySelectorAll('[role="treeitem"]')];
  const rowOf = new Map(rows.map((row) => [Number(row.dataset.node), row]));
  const placeOf = new Map(graph.nodes.map(({ path }, place) => [path, place]));
  const findingsOf = groupBy(graph.findings, ({ node }) => node);
  const acceptedOf = groupBy(graph.accepted, ({ node }) => node);
  const holdersOf = new Map(graph.duplicates.map(({ label, nodes }) => [label, nodes]));

  function groupBy(list, keyOf) {
    const groups = new Map();
    for (const one of list) {
      const group = groups.get(keyOf(one));
      if (group === undefined) groups.set(keyOf(one), [one]);
      else group.push(one);
    }
    return groups;
  }

  // ── Text ──

  /** What is invisible or changes the direction of what surrounds it, in visible form. */
  function visible(text) {
    const short = { "\n": "\\n", "\t": "\\t", "\r": "\\r" };
    return text.replace(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (character) => short[character] ?? `\\u{${character.codePointAt(0).toString(16)}}`,
    );
  }

  /** An element. Children that are no nodes are text; null, and lists, are what they hold. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(
      ...children.flat(Infinity).filter((child) => child !== null).map((child) =>
        typeof child === "string" ? visible(child) : child
      ),
    );
    return element;
  }

  /** A path that can be broken behind each slash but the first. */
  function pathText(path) {
    return path.split(/(?<=.\/)/).flatMap((part, at) => at === 0 ? [part] : [make("wbr", {}), part]);
  }

  const code = (path) => make("code", {}, pathText(path));

  function bytesText(bytes) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
    const value = bytes / 1024 ** power;
    return `${value.toFixed(power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${units[power]}`;
  }

  function count(number, word) {
    return `${number} ${word}${number === 1 ? "" : "s"}`;
  }

  const prefix = graph.root.endsWith("/") ? graph.root : `${graph.root}/`;

  function position({ file, line, column, profile }) {
    const shown = file.startsWith(prefix) ? `/${file.slice(prefix.length)}` : file;
    return code(`${shown}:${line}:${column}${profile === undefined ? "" : ` (profile ${profile})`}`);
  }

  /** Where something is configured: the node, and the place in its directory. */
  function originCell(by, where, node) {
    if (where === null) return make("span", { class: "soft" }, "default");
    const directory = `${prefix.slice(0, -1)}${by === "/" ? "" : by}/`;
    if (by === null || !where.file.startsWith(directory)) return position(where);
    const place = position({ ...where, file: where.file.slice(directory.length) });
    return [by === node.path ? make("b", {}, nameOf(by)) : nodeLink(by), " ", place];
  }

  function nameOf(path) {
    const node = graph.nodes[placeOf.get(path)];
    return node?.alias ?? path.slice(path.lastIndexOf("/") + 1);
  }

  function nodeLink(path, text = nameOf(path)) {
    const place = placeOf.get(path);
    return place === undefined ? code(path) : make("a", { href: `#node-${place}`, title: visible(path) }, text);
  }

  // ── A node in full ──

  function table(head, list, { numbers = [], label, kind: kindOfTable = "" }) {
    const kind = (at) => numbers.includes(at) ? { class: "number" } : {};
    return make(
      "table",
      { role: "table", "aria-label": label, ...kindOfTable === "" ? {} : { class: kindOfTable } },
      make(
        "thead",
        { role: "rowgroup" },
        make(
          "tr",
          { role: "row" },
          head.map((title, at) => make("th", { role: "columnheader", scope: "col", ...kind(at) }, title)),
        ),
      ),
      make(
        "tbody",
        { role: "rowgroup" },
        list.map((cells) =>
          make(
            "tr",
            { role: "row" },
            cells.map((cell, at) =>
              make("td", { role: "cell", "data-head": head[at], ...kind(at) }, make("span", {}, cell))
            ),
          )
        ),
      ),
    );
  }

  function pairs(list) {
    return make(
      "dl",
      { class: "pairs" },
      list.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
    );
  }

  /** Long lists can be opened; on paper they are. */
  function folded(title, isOpen, content) {
    return make("details", isOpen ? { open: "" } : {}, make("summary", {}, title), content);
  }

  function trail(path) {
    const above = [];
    for (let at = graph.nodes[placeOf.get(path)].parent; at !== null; at = graph.nodes[placeOf.get(at)].parent) {
      above.unshift(at);
    }
    return make(
      "ul",
      { class: "trail", "aria-label": "Where this node is" },
      make("li", {}, make("a", { href: "#overview" }, "Overview")),
      above.map((one) => make("li", {}, nodeLink(one))),
    );
  }

  function findingItem({ check, severity, code: stable, message, where, limit, hints, path, package: label, ...rest }) {
    const sign = severity === "error" ? "● error" : "▲ warning";
    return make(
      "li",
      { class: severity },
      make("span", { class: `severity ${severity}` }, sign),
      " ",
      make("a", { class: "check", href: `#${check}`, title: "what this check means" }, check),
      " ",
      make("code", { class: "soft" }, stable),
      make("p", {}, message),
      where === null ? null : make("p", {}, make("span", { class: "soft" }, "configured at "), position(where)),
      limit === null ? null : make("p", {}, make("span", { class: "soft" }, "against "), position(limit)),
      path === undefined ? null : make("p", {}, make("span", { class: "soft" }, "file "), code(path)),
      label === undefined ? null : make("p", {}, make("span", { class: "soft" }, "package "), code(label)),
      hints.map((hint) => make("p", { class: "hint" }, hint)),
      rest.reason === undefined
        ? null
        : make("p", {}, make("span", { class: "soft" }, `accepted until ${rest.until}: `), rest.reason),
    );
  }

  function findingsPart({ path }) {
    const found = findingsOf.get(path) ?? [];
    const accepted = acceptedOf.get(path) ?? [];
    return [
      make("h3", {}, "Findings"),
      found.length === 0
        ? make("p", { class: "good" }, "✓ Nothing was found.")
        : make("ul", { class: "findings" }, found.map(findingItem)),
      accepted.length === 0 ? null : folded(
        `${count(accepted.length, "finding")} accepted for a time`,
        false,
        make("ul", { class: "findings" }, accepted.map(findingItem)),
      ),
    ];
  }

  const KINDS = {
    tmpfs: "a file system in memory",
    directory: "an empty directory in memory",
    devpts: "pseudo-terminals",
    procfs: "its processes",
    mqueue: "message queues",
    symlink: "a link to",
    file: "a file in memory",
  };

  function badge(kind, text) {
    return make("span", { class: `from ${kind}` }, text);
  }

  function sourceCell(mount, node) {
    const { kind, source, owner, size } = mount;
    if (kind === "bind" || kind === "device") {
      const whose = owner === null
        ? badge("device", "device")
        : owner === node.path
        ? badge("own", "own")
        : badge("parent", nameOf(owner));
      return [whose, " ", code(source)];
    }
    return [
      badge("memory", "memory"),
      ` ${KINDS[kind] ?? kind}${size === null ? "" : `, ${bytesText(size)} at most`}`,
      source === null ? null : [kind === "file" ? " with the output of " : " ", code(source)],
    ];
  }

  function accessCell({ kind, options, optional }) {
    const words = [
      ...["noexec", "nosymfollow"].filter((word) => options.includes(word)),
      ...optional ? ["if there"] : [],
    ];
    const access = kind === "bind" || kind === "tmpfs"
      ? options.includes("ro") ? "reads" : make("b", { class: "writes" }, "writes")
      : kind === "symlink" || kind === "procfs" || kind === "devpts" || kind === "mqueue"
      ? "–"
      : "uses";
    return [access, words.length === 0 ? null : make("span", { class: "soft" }, ` ${words.join(", ")}`)];
  }

  function mountsPart(node, forPrint) {
    const mounts = node.mounts.map((place) => graph.mounts[place])
      .sort((one, other) => one.destination < other.destination ? -1 : one.destination > other.destination ? 1 : 0);
    const head = ["In the node", "From", "Access", "Configured at"];
    const row = (mount) => [
      code(mount.destination),
      sourceCell(mount, node),
      accessCell(mount),
      originCell(mount.by, mount.where, node),
    ];
    // One export can come to several mounts, as a whole /dev does: the first is the one that is meant.
    const meant = new Set();
    const said = mounts.filter(({ where }) => {
      const key = JSON.stringify(where);
      return where !== null && !meant.has(key) && meant.add(key);
    });
    const usual = mounts.filter((mount) => !said.includes(mount));
    return [
      make("h3", {}, "What it sees"),
      node.isolation === null ? make("p", {}, "Unknown: its configuration is invalid.") : null,
      said.length === 0 ? null : table(head, said.map(row), { label: "What it sees", kind: "mounts" }),
      usual.length === 0 ? null : forPrint
        ? make(
          "p",
          { class: "lead" },
          "Besides: ",
          usual.flatMap(({ destination }, at) => [at === 0 ? "" : ", ", code(destination)]),
        )
        : folded(
          `${usual.length} more: what comes with these, or with every node`,
          false,
          table(head, usual.map(row), { label: "What comes with these mounts, or with every node", kind: "mounts" }),
        ),
    ];
  }

  /** Parts of a whole, as a bar and as words. */
  function bar(parts) {
    const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total === 0) return null;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "bar");
    svg.setAttribute("viewBox", "0 0 1000 10");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    let left = 0;
    for (const { kind, bytes } of parts) {
      const part = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const width = bytes / total * 1000;
      const place = { class: kind, x: left, y: 0, width, height: 10 };
      for (const [key, value] of Object.entries(place)) part.setAttribute(key, value);
      svg.append(part);
      left += width;
    }
    const words = parts.filter(({ bytes }) => bytes > 0).map(({ kind, text, bytes }) =>
      make("li", { class: kind }, make("b", {}, bytesText(bytes)), ` ${text}`)
    );
    return [svg, make("ul", { class: "key" }, words)];
  }

  /** Rows of a list that are shown without being asked for. */
  const FEW = 12;

  function packagesPart(node, forPrint) {
    const { packages, bytes, inherited, users } = node;
    const own = (packages ?? []).toSorted((one, other) => other.bytes - one.bytes);
    const list = own.map(({ label, files, bytes }) => [
      code(label),
      String(files),
      bytesText(bytes),
      (holdersOf.get(label) ?? []).filter((other) => other !== node.path)
        .flatMap((other, at) => [at === 0 ? null : ", ", nodeLink(other)]),
    ]);
    const its = list.length === 0 ? null : table(["Package", "Files", "Size", "Also in"], list, {
      numbers: [1, 2],
      label: "Its own packages",
    });
    return [
      make("h3", {}, "Packages"),
      bar([
        { kind: "own", text: "of its own", bytes: bytes.own - bytes.duplicated },
        { kind: "twice", text: "of its own that other nodes have as well", bytes: bytes.duplicated },
        { kind: "inherited", text: "shared: seen of its parents", bytes: bytes.inherited },
      ]),
      packages === null
        ? make("p", {}, "It has no database of packages.")
        : own.length === 0
        ? make("p", {}, "It has no packages of its own.")
        : null,
      own.length > FEW ? folded(`All ${count(own.length, "package")}`, forPrint, its) : its,
      inherited.length === 0 ? null : [
        make("p", { class: "lead" }, "From its parents, without a copy:"),
        table(
          ["Node", "Packages", "Size"],
          inherited.map((one) => [nodeLink(one.node), String(one.packages), bytesText(one.bytes)]),
          { numbers: [1, 2], label: "Packages that it sees of its parents" },
        ),
      ],
      users === 0 ? null : make("p", { class: "lead" }, `Its own are seen by ${count(users, "node")} inside of it.`),
    ];
  }

  function words(list) {
    return list.length === 0 ? "none" : list.join(", ");
  }

  function networkText({ kind, bind, connect }) {
    if (kind === "own") return "its own, loopback only";
    const ports = (numbers) => numbers === null ? "all ports" : words(numbers.map(String));
    return `${kind === "shared" ? "the device’s" : "one that it joins"}: may bind ${ports(bind)}, connect to ${
      ports(connect)
    }`;
  }

  function isolationPart({ isolation }) {
    if (isolation === null) return null;
    const { devices, network, shared, capabilities, seccomp, isRoot } = isolation;
    return [
      make("h3", {}, "Isolation"),
      pairs([
        ["Network", networkText(network)],
        ["Shares", shared.length === 0 ? "no namespace" : `${words(shared)} namespaces of the device or of others`],
        ["Devices", words(devices.map(({ path, access }) => `${path} (${access})`))],
        ["Capabilities", words(capabilities)],
        ["System calls", seccomp === "none" ? "all" : `those of profile ${seccomp}`],
        ["uid 0", isRoot ? make("b", {}, "the device’s root") : "an id of its own"],
      ]),
    ];
  }

  function limitsPart(node) {
    const { limits, path } = node;
    if (limits.length === 0) return null;
    return [
      make("h3", {}, "Limits"),
      table(
        ["Limit", "Value", "Of", "Configured at"],
        limits.map(({ name, value, by, where }) => [
          code(name),
          value,
          by === null ? "–" : by === path ? "this node" : nodeLink(by),
          originCell(by, where, node),
        ]),
        { label: "Limits" },
      ),
    ];
  }

  function runningPart({ running }) {
    if (graph.observedAt === null) return null;
    const show = (value, text) => value === null ? "–" : text(value);
    const percent = (value) => show(value, (one) => `${one} %`);
    return [
      make("h3", {}, "Running"),
      running.length === 0 ? make("p", {}, `It did not run at ${graph.observedAt}.`) : table(
        ["Launch", "Memory", "CPU", "Processes", "Read", "Written", "Waits: CPU, memory, I/O"],
        running.map((one) => [
          code(one.id),
          show(one.memoryBytes, bytesText),
          show(one.cpuSeconds, (seconds) => `${seconds.toFixed(2)} s`),
          show(one.processes, String),
          show(one.readBytes, bytesText),
          show(one.writtenBytes, bytesText),
          `${percent(one.pressure.cpu)}, ${percent(one.pressure.memory)}, ${percent(one.pressure.io)}`,
        ]),
        { numbers: [1, 2, 3, 4, 5], label: `Launches that ran at ${graph.observedAt}` },
      ),
    ];
  }

  /** @param forPrint with everything open, and other ids than on the screen */
  function describe(place, forPrint) {
    const node = graph.nodes[place];
    const { path, info, state } = node;
    const notes = [
      state === null ? "Its files cannot be read." : state === "Enable" ? null : `State: ${state}`,
      info,
    ].filter((text) => text !== null && text !== "");
    return [
      forPrint ? null : trail(path),
      make("h2", { id: forPrint ? `print-${place}` : "detail-title" }, nameOf(path)),
      make("p", { class: "path" }, code(path)),
      notes.map((text) => make("p", { class: "lead" }, text)),
      findingsPart(node),
      runningPart(node),
      mountsPart(node, forPrint),
      packagesPart(node, forPrint),
      isolationPart(node),
      limitsPart(node),
    ].flat(Infinity).filter((part) => part !== null);
  }

  // ── The tree ──

  let current = rows[0];
  if (current !== undefined) current.tabIndex = 0;

  const groupOf = (row) => row.querySelector(':scope > [role="group"]');
  const parentOf = (row) => row.parentElement.closest('[role="treeitem"]');
  const isOpen = (row) => row.getAttribute("aria-expanded") === "true";

  function isShown(row) {
    if (row.hidden) return false;
    const above = parentOf(row);
    return above === null || isOpen(above) && isShown(above);
  }

  function setOpen(row, open) {
    if (row.hasAttribute("aria-expanded")) row.setAttribute("aria-expanded", String(open));
  }

  function reveal(row) {
    for (let above = parentOf(row); above !== null; above = parentOf(above)) setOpen(above, true);
  }

  /** @param move whether the keyboard goes along */
  function setCurrent(row, move) {
    current.tabIndex = -1;
    current = row;
    current.tabIndex = 0;
    if (move) current.focus({ preventScroll: true });
    scrollIntoTree(current.firstElementChild);
  }

  /** Scrolls the list and never the page. */
  function scrollIntoTree(element) {
    const [inner, outer] = [element.getBoundingClientRect(), tree.getBoundingClientRect()];
    const margin = 24;
    if (inner.top < outer.top + margin) tree.scrollTop -= outer.top + margin - inner.top;
    else if (inner.bottom > outer.bottom - margin) tree.scrollTop += inner.bottom - outer.bottom + margin;
  }

  function show(place) {
    for (const row of tree.querySelectorAll('[aria-selected="true"]')) row.setAttribute("aria-selected", "false");
    const isNode = place !== undefined;
    detail.hidden = !isNode;
    overview.hidden = isNode;
    if (!isNode) return;
    rowOf.get(place).setAttribute("aria-selected", "true");
    detail.replaceChildren(...describe(place, false));
    detail.setAttribute("aria-labelledby", "detail-title");
  }

  /** What is shown is in the address, so that it can be linked to; `push`: and going back leads back. */
  function select(row, { move = false, push = false } = {}) {
    const place = Number(row.dataset.node);
    reveal(row);
    setCurrent(row, move);
    show(place);
    const address = `#/${place}`;
    if (push && location.hash !== address) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  function read() {
    detail.scrollIntoView({ block: "start" });
    detail.focus({ preventScroll: true });
  }

  function follow() {
    const place = /^#(?:\/|node-)(\d+)$/.exec(location.hash)?.[1];
    const row = place === undefined ? undefined : rowOf.get(Number(place));
    if (row !== undefined) select(row);
    else if (location.hash === "" || location.hash === "#overview") show(undefined);
  }

  /** Any row whose name begins with what was typed of late, after the current one first. */
  let typed = "";
  let typedAt = 0;
  function typeAhead(letter, now) {
    typed = now - typedAt > 700 ? letter : typed + letter;
    typedAt = now;
    const isSame = [...typed].every((one) => one === typed[0]);
    const wanted = (isSame ? typed[0] : typed).toLowerCase();
    const seen = rows.filter(isShown);
    const at = seen.indexOf(current) + (isSame ? 1 : 0);
    const found = [...seen.slice(at), ...seen.slice(0, at)].find((row) =>
      row.querySelector("b").textContent.toLowerCase().startsWith(wanted)
    );
    if (found !== undefined) select(found, { move: true });
  }

  function step(by) {
    const seen = rows.filter(isShown);
    const next = seen[seen.indexOf(current) + by];
    if (next !== undefined) select(next, { move: true });
  }

  const KEYS = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Home: () => select(rows.find(isShown), { move: true }),
    End: () => select(rows.findLast(isShown), { move: true }),
    ArrowRight() {
      const group = groupOf(current);
      if (group === null) return;
      if (!isOpen(current)) return setOpen(current, true);
      const first = [...group.children].find((row) => !row.hidden);
      if (first !== undefined) select(first, { move: true });
    },
    ArrowLeft() {
      if (isOpen(current)) return setOpen(current, false);
      const above = parentOf(current);
      if (above !== null) select(above, { move: true });
    },
    Enter() {
      select(current, { push: true });
      read();
    },
    " ": () => select(current, { push: true }),
    "*"() {
      for (const row of current.parentElement.children) setOpen(row, true);
    },
  };

  tree.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
    if (act !== undefined) act();
    else if (event.key === "/") filter.focus();
    else if (event.key.length === 1) typeAhead(event.key, event.timeStamp);
    else return;
    event.preventDefault();
  });

  tree.addEventListener("click", (event) => {
    const row = event.target.closest('[role="treeitem"]');
    if (row === null) return;
    if (event.target.closest(".twisty") !== null && row.hasAttribute("aria-expanded")) {
      setOpen(row, !isOpen(row));
      return setCurrent(isShown(current) ? current : row, true);
    }
    select(row, { move: true, push: true });
    if (matchMedia("(max-width: 56rem)").matches) read();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const address = link?.getAttribute("href") ?? "";
    const place = /^#node-(\d+)$/.exec(address)?.[1];
    if (place !== undefined) {
      event.preventDefault();
      clearFilterFor(rowOf.get(Number(place)));
      select(rowOf.get(Number(place)), { push: true });
      read();
    } else if (address === "#overview") {
      event.preventDefault();
      history.pushState(null, "", address);
      show(undefined);
      overview.scrollIntoView({ block: "nearest" });
    }
  });

  detail.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    setCurrent(current, true);
    current.scrollIntoView({ block: "nearest" });
  });

  function setAll(open) {
    for (const row of rows) setOpen(row, open);
    for (let row = current; row !== null; row = parentOf(row)) if (isShown(row)) return setCurrent(row, false);
  }
  byId("expand").addEventListener("click", () => setAll(true));
  byId("collapse").addEventListener("click", () => setAll(false));

  // ── The filter ──

  /** Everything that can be searched for, by the place of the node; made when it is first needed. */
  const texts = new Map();
  function textOf(place) {
    const known = texts.get(place);
    if (known !== undefined) return known;
    const { path, alias, info, mounts, packages, isolation } = graph.nodes[place];
    const text = [
      path,
      alias ?? "",
      info ?? "",
      ...(findingsOf.get(path) ?? []).flatMap(({ check, code, message }) => [check, code, message]),
      ...mounts.map((at) => graph.mounts[at]).filter(({ where }) => where !== null)
        .flatMap(({ destination, source }) => [destination, source ?? ""]),
      ...(packages ?? []).map(({ label }) => label),
      ...isolation?.capabilities ?? [],
    ].join("\n").toLowerCase();
    texts.set(place, text);
    return text;
  }

  /** What was open before the filter opened what it has found. */
  let opened;

  function applyFilter() {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const isOff = wanted.length === 0 && !faulty.checked;
    if (!isOff && opened === undefined) opened = rows.filter(isOpen);
    const found = new Set(rows.filter((row) => {
      const place = Number(row.dataset.node);
      if (faulty.checked && !findingsOf.has(graph.nodes[place].path)) return false;
      return wanted.every((word) => textOf(place).includes(word));
    }));
    const above = new Set();
    for (const row of found) {
      for (let at = parentOf(row); at !== null && !above.has(at); at = parentOf(at)) above.add(at);
    }
    for (const row of rows) {
      row.hidden = !found.has(row) && !above.has(row);
      row.classList.toggle("aside", !found.has(row) && above.has(row));
      if (isOff && opened !== undefined) setOpen(row, opened.includes(row));
      else if (above.has(row) && !isOff) setOpen(row, true);
    }
    if (isOff) opened = undefined;
    for (const list of [tree, ...tree.querySelectorAll('[role="group"]')]) {
      const seen = [...list.children].filter((row) => !row.hidden);
      seen.forEach((row, at) => {
        row.setAttribute("aria-posinset", String(at + 1));
        row.setAttribute("aria-setsize", String(seen.length));
      });
    }
    byId("count").textContent = isOff
      ? count(rows.length, "node")
      : `${found.size} of ${count(rows.length, "node")}${found.size === 0 ? ": nothing has all of these words" : ""}`;
    if (!isShown(current)) {
      const first = rows.find((row) => found.has(row) && isShown(row));
      if (first !== undefined) setCurrent(first, false);
    }
  }

  /** A link leads to its node, be it filtered or not. */
  function clearFilterFor(row) {
    if (!row.hidden) return;
    filter.value = "";
    faulty.checked = false;
    applyFilter();
  }

  filter.addEventListener("input", applyFilter);
  faulty.addEventListener("change", applyFilter);
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && filter.value !== "") {
      filter.value = "";
      applyFilter();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      if (rows.some(isShown)) select(isShown(current) ? current : rows.find(isShown), { move: true });
    } else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, [role=treeitem]") !== null;
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    filter.focus();
    event.preventDefault();
  });

  // ── Paper: every node that the filter shows, in full ──

  addEventListener("beforeprint", () => {
    byId("print").replaceChildren(
      ...rows.filter((row) => !row.hidden && !row.classList.contains("aside")).map((row) => {
        const place = Number(row.dataset.node);
        return make("article", { "aria-labelledby": `print-${place}` }, describe(place, true));
      }),
    );
  });
  addEventListener("afterprint", () => byId("print").replaceChildren());

  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  document.documentElement.classList.add("live");
  if (location.hash === "" && placeOf.has(graph.node)) select(rowOf.get(placeOf.get(graph.node)));
  else follow();
})();
