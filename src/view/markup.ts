import { escapeText } from "../core/escape.ts";

/** Any text between the tags or in an attribute of XML or HTML. XML 1.0 has no way to write control characters. */
export function escapeMarkup(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd").toWellFormed().replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/** As {@link escapeMarkup}, for people: what is invisible, or turns around what surrounds it, is shown as `\u{…}`. */
export function visibleMarkup(text: string): string {
  return escapeMarkup(escapeText(text));
}
