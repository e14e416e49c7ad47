/** A headless Chromium, driven by the Chrome DevTools Protocol over a WebSocket. */

import { exists } from "./_node.ts";
import { until } from "./_until.ts";

const PROGRAMS = [
  Deno.env.get("REDPAK_BROWSER"),
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
];

/** The browser of this machine, if it has one. */
export const BROWSER = PROGRAMS.find((program) => program !== undefined && exists(program));

/** A test that needs a browser; without one the reason is printed. */
export function browserTest(name: string, body: (browser: Browser) => Promise<void>): void {
  if (BROWSER === undefined) console.log(`skipped: "${name}" needs Debian's chromium-headless-shell or chromium`);
  Deno.test({
    name,
    ignore: BROWSER === undefined,
    fn: async () => {
      await using browser = await Browser.start();
      await body(browser);
    },
  });
}

// deno-lint-ignore no-explicit-any -- the protocol says what each is
type Parameters = Record<string, any>;
type Listener = (method: string, parameters: Parameters) => void;

export class Browser implements AsyncDisposable {
  readonly #waiting = new Map<number, { resolve: (result: Parameters) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Map<string, Listener>();
  #number = 0;

  private constructor(
    private readonly child: Deno.ChildProcess,
    private readonly socket: WebSocket,
    private readonly profile: string,
  ) {
    socket.onmessage = ({ data }) => {
      const { id, sessionId, method, params, result, error } = JSON.parse(data);
      if (id === undefined) return this.#listeners.get(sessionId)?.(method, params);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error.message));
    };
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser has ended"));
    };
  }

  static async start(): Promise<Browser> {
    const profile = Deno.makeTempDirSync({ prefix: "redpak-browser-" });
    const child = new Deno.Command(BROWSER!, {
      args: [
        "--headless",
        // Root has no sandbox of Chromium; what is opened is the test's own.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      // Whatever it keeps goes with the profile.
      env: { HOME: profile, TMPDIR: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    }).spawn();
    const socket = new WebSocket(await addressOf(child.stderr));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Browser(child, socket, profile);
  }

  send(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    const id = ++this.#number;
    const answer = new Promise<Parameters>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ id, method, params, ...sessionId === undefined ? {} : { sessionId } }));
    return answer;
  }

  /** Opens a file in a window of its own. */
  async open(file: string, options: PageOptions = {}): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(
      (method, params) => this.send(method, params, sessionId),
      () => this.send("Target.closeTarget", { targetId }),
    );
    this.#listeners.set(sessionId, (method, parameters) => page.hear(method, parameters));
    await page.go(file, options);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.send("Browser.close").catch(() => {});
    await this.child.status;
    if (this.socket.readyState !== WebSocket.CLOSED) {
      await new Promise((resolve) => {
        this.socket.onclose = resolve;
        this.socket.close();
      });
    }
    // Its helpers may end, and write, a little later.
    await until(() => isRemoved(this.profile), () => `${this.profile} cannot be removed`);
  }
}

function isRemoved(directory: string): boolean {
  try {
    Deno.removeSync(directory, { recursive: true });
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

async function addressOf(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    text += value ?? "";
    const address = /DevTools listening on (\S+)/.exec(text)?.[1];
    if (address !== undefined) {
      // Whoever writes must not wait, or end, because nobody reads.
      (async () => {
        while (!(await reader.read()).done);
      })();
      return address;
    }
    if (done) throw new Error(`the browser did not start: ${text}`);
  }
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  readonly hash?: string;
}

export class Page {
  /** What went wrong: messages of the console, exceptions, refusals of the page's policy. */
  readonly complaints: string[] = [];
  /** Addresses that were asked for, the page's own among them. */
  readonly requests: string[] = [];
  readonly #loaded: (() => void)[] = [];

  constructor(
    readonly send: (method: string, params?: Parameters) => Promise<Parameters>,
    readonly close: () => Promise<unknown>,
  ) {}

  hear(method: string, parameters: Parameters): void {
    if (method === "Page.loadEventFired") this.#loaded.splice(0).forEach((resolve) => resolve());
    if (method === "Network.requestWillBeSent") this.requests.push(parameters.request.url);
    if (method === "Runtime.exceptionThrown") {
      const { text, exception } = parameters.exceptionDetails;
      this.complaints.push(`${text} ${exception?.description ?? ""}`);
    }
    if (method === "Runtime.consoleAPICalled") this.complaints.push(JSON.stringify(parameters.args));
    if (method === "Log.entryAdded") this.complaints.push(parameters.entry.text);
  }

  async go(file: string, { width = 1280, height = 800, scheme = "light", hash = "" }: PageOptions): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send("Emulation.setEmulatedMedia", {
      // Without motion, where something is does not depend on when it is asked for.
      features: [{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: "reduce" }],
    });
    const loaded = new Promise<void>((resolve) => this.#loaded.push(resolve));
    const { errorText } = await this.send("Page.navigate", { url: `file://${file}${hash}` });
    if (errorText !== undefined) throw new Error(`Cannot open ${file}: ${errorText}`);
    await loaded;
  }

  /** What an expression, or the call of a function without arguments, comes to in the page. */
  // deno-lint-ignore no-explicit-any -- whatever it is
  async evaluate(code: string | (() => unknown)): Promise<any> {
    const expression = typeof code === "string" ? code : `(${code})()`;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /** Goes back by one entry of the window's history. */
  async back(): Promise<void> {
    await this.evaluate(
      "new Promise((resolve) => (addEventListener('popstate', () => setTimeout(resolve), { once: true }), history.back()))",
    );
  }

  /** Presses and releases keys: their names, or characters. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const text = key.length === 1 ? key : key === "Enter" ? "\r" : undefined;
      const code = CODES[key];
      const event = { key, ...code === undefined ? {} : { windowsVirtualKeyCode: code } };
      await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event, ...text === undefined ? {} : { text } });
      await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    }
  }

  /** Clicks in the middle of the first element of a selector, as it is seen. */
  async click(selector: string): Promise<void> {
    const { x, y } = await this.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    })()`);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  /** The picture of the window, or of all of the page. */
  async screenshot(full = false): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: full });
    return Uint8Array.fromBase64(data);
  }

  async pdf(): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await this.send("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
    return Uint8Array.fromBase64(data);
  }
}

/** Numbers of keys that are no characters; the browser moves the focus and scrolls by them. */
const CODES: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};
