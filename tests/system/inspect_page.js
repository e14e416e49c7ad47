// What a reader would stumble over in a page or a picture, as it is laid out: evaluated in the browser, a line for each fault.

globalThis.inspectPage = () => {
  const faults = [];
  const root = document.scrollingElement ?? document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth - root.clientWidth}px too wide`);

  const memo = (compute) => {
    const known = new Map();
    return (element) => {
      if (!known.has(element)) known.set(element, compute(element));
      return known.get(element);
    };
  };

  /** What is to be seen of what is in an element: the intersection of everything that clips it. */
  const windowOf = memo((element) => {
    if (element === null || element === document.body) {
      return { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    }
    const outer = windowOf(element.parentElement);
    if (getComputedStyle(element).overflow === "visible") return outer;
    return intersect(element.getBoundingClientRect(), outer);
  });
  const intersect = (one, other) => ({
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  });

  const texts = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || !element.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rectangle of range.getClientRects()) {
      const box = intersect(rectangle, windowOf(element));
      if (box.right - box.left <= 1 || box.bottom - box.top <= 1) continue;
      texts.push({ text: node.data.trim().slice(0, 40), element, box });
    }
  }
  if (texts.length === 0) faults.push("there is no text");

  // No text lies on another. The lines of a font are higher than its letters.
  texts.sort((one, other) => one.box.top - other.box.top);
  texts.forEach(({ text, box, element }, at) => {
    if (element.closest(".skip") !== null) return;
    for (let next = at + 1; next < texts.length && texts[next].box.top < box.bottom; next++) {
      const other = texts[next];
      const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const along = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (across > 1 && along > 4) faults.push(`"${text}" and "${other.text}" lie on each other`);
    }
  });

  // None is cut, or sticks out of the window.
  for (const element of document.querySelectorAll("body *")) {
    const { overflowX, textOverflow } = getComputedStyle(element);
    if (textOverflow === "ellipsis") faults.push(`${element.tagName} cuts its text`);
    if (element.tagName === "INPUT" || overflowX === "visible" || element.clientWidth <= 2) continue;
    const excess = element.scrollWidth - element.clientWidth;
    if (excess > 1) faults.push(`${element.tagName} ${element.id} is ${excess}px too wide inside`);
  }
  for (const { text, box, element } of texts) {
    if (element.closest(".skip") !== null) continue;
    if (box.right > root.clientWidth + 1 || box.left < -1) faults.push(`"${text}" sticks out of the page`);
  }

  // WCAG 2.2, 1.4.3: 4.5 to 1.
  const channels = (color) => (/^rgba?\(([^)]+)\)/.exec(color)?.[1] ?? "0 0 0").split(/[ ,/]+/).map(Number);
  const linear = (value) => value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const ground = memo((element) => {
    if (element === null) return [255, 255, 255];
    if (element instanceof SVGElement) {
      const box = element.parentElement.querySelector(":scope > rect") ?? document.querySelector(".paper");
      return channels(getComputedStyle(box).fill);
    }
    const color = channels(getComputedStyle(element).backgroundColor);
    return (color[3] ?? 1) > 0 ? color : ground(element.parentElement);
  });
  const ratioOf = memo((element) => {
    const style = getComputedStyle(element);
    const color = channels(element instanceof SVGElement ? style.fill : style.color);
    const [one, other] = [luminance(color), luminance(ground(element))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  });
  const poor = new Set();
  for (const { text, element } of texts) {
    const ratio = ratioOf(element);
    if (ratio < 4.5) poor.add(`the contrast of "${text}" (${element.getAttribute("class")}) is ${ratio.toFixed(2)}`);
  }
  return [...faults, ...poor].slice(0, 20);
};

/** Texts of a picture that stick out of their boxes, and what of it is cut. */
globalThis.inspectPicture = () => {
  const picture = document.documentElement;
  if (picture.tagName !== "svg") return [`this is no picture: ${picture.textContent}`];
  const faults = [];
  const { width, height } = picture.viewBox.baseVal;
  const inside = (inner, outer) =>
    inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height;
  for (const text of document.querySelectorAll("text")) {
    const box = text.parentElement.querySelector(":scope > rect:not(.paper)")?.getBBox() ??
      { x: 0, y: 0, width, height };
    if (!inside(text.getBBox(), box)) faults.push(`"${text.textContent}" sticks out`);
  }
  for (const box of document.querySelectorAll("g > rect")) {
    if (!inside(box.getBBox(), { x: 0, y: 0, width, height })) faults.push("a box is cut");
  }
  return faults;
};
