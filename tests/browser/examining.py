"""What anybody may expect of a page, computed from the page as the browser shows it."""

import re
from itertools import pairwise

from playwright.sync_api import Page

CONTRAST_MIN, CONTRAST_LARGE_MIN = 4.5, 3.0
LINE_CHARS_MIN = 6
CONTROLS = "link|button|textbox|combobox|slider|searchbox|spinbutton|checkbox"
CONTRASTS = """
() => {
  const channels = (text) => {
    const found = text.match(/[\\d.]+/g).map(Number);
    return [found[0], found[1], found[2], found.length > 3 ? found[3] : 1];
  };
  const over = (front, back) => [0, 1, 2].map((nth) => front[nth] * front[3] + back[nth] * (1 - front[3])).concat(1);
  const luminance = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) layers.unshift(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  };
  const found = [];
  const look = (text, colour, element, style) => {
    const back = behind(element);
    const front = over(channels(colour), back);
    const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    found.push({ text: text.trim().slice(0, 60), contrast: (light + 0.05) / (dark + 0.05), isLarge });
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!text.textContent.trim() || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest(".hidden, .skip, option, script")) continue;
    const style = getComputedStyle(element);
    look(text.textContent, element.closest("svg") ? style.fill : style.color, element, style);
  }
  for (const field of document.querySelectorAll("[placeholder]:not([placeholder=''])")) {
    const style = getComputedStyle(field, "::placeholder");
    if (field.checkVisibility({ visibilityProperty: true })) look(field.placeholder, style.color, field, style);
  }
  return found;
}
"""
WIDER = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1 && !one.closest(".scroll, .hidden, .skip"))
    .map((one) => `${one.tagName} ${one.id || one.className}: ${Math.round(one.getBoundingClientRect().right)} px`)
    .concat(`the page: ${document.documentElement.scrollWidth} px`).slice(0, 8);
}
"""
CRUMBS = """
() => [...document.querySelectorAll(".id, td code, th code")]
  .filter((one) => one.checkVisibility() && !one.closest(".hidden, pre"))
  .map((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const lines = new Set([...range.getClientRects()].map((place) => Math.round(place.top / 4))).size;
    return { text: one.textContent.trim(), lines };
  })
  .filter((one) => one.lines > 1 && one.text.length / one.lines < %d)
  .map((one) => `${one.text.slice(0, 60)} stands on ${one.lines} lines`)
"""
UNSHADED = """
() => [...document.querySelectorAll(".scroll")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .filter((one) => !getComputedStyle(one).backgroundImage.includes("gradient")
    || getComputedStyle(one.querySelector("table")).backgroundColor !== "rgba(0, 0, 0, 0)")
  .map((one) => one.getAttribute("aria-label"))
"""
FOCUSED = """
() => {
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")]
    .filter((one) => one.checkVisibility() && !one.disabled);
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const place = one.getBoundingClientRect();
  const isMarked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const isInView = place.width > 0 && place.height > 0 && place.bottom > 0 && place.right > 0
    && place.top < innerHeight && place.left < innerWidth;
  return { nth: all.indexOf(one), count: all.length, isMarked, isInView,
    what: `${one.tagName} ${one.id || one.textContent.trim().slice(0, 40)}` };
}
"""


def read_aloud(page: Page) -> str:
    """What a screen reader has of the page, a line for each thing."""
    return page.locator("body").aria_snapshot()


def unnamed_controls(aloud: str) -> list[str]:
    """Controls that a screen reader has no name for."""
    lines = aloud.splitlines()
    return [line.strip() for line in lines if re.match(rf"\s*- '?({CONTROLS})(?! \")", line)]


def heading_faults(aloud: str) -> list[str]:
    """Headings that are missing, doubled or leave a level out."""
    levels = [int(one) for one in re.findall(r"heading .*\[level=(\d)\]", aloud)]
    faults = [] if levels.count(1) == 1 else [f"{levels.count(1)} first headings"]
    return faults + [f"h{after} after h{before}" for before, after in pairwise(levels) if after > before + 1]


def weak_texts(page: Page) -> list[str]:
    """Texts that stand out too little from what is behind them."""
    return [
        f"{one['contrast']:.2f} {one['text']!r}"
        for one in page.evaluate(CONTRASTS)
        if one["contrast"] < (CONTRAST_LARGE_MIN if one["isLarge"] else CONTRAST_MIN)
    ]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    found: list[str] = page.evaluate(WIDER)
    return found


def crumbs(page: Page) -> list[str]:
    """Ids that are broken into lines of very few characters each."""
    found: list[str] = page.evaluate(CRUMBS % LINE_CHARS_MIN)
    return found


def cut_without_a_hint(page: Page) -> list[str]:
    """What can be scrolled sideways and does not show it by a shade on its edge."""
    found: list[str] = page.evaluate(UNSHADED)
    return found


def tab_through(page: Page) -> tuple[int, list[dict[str, object]]]:
    """How many controls there are, and each that the Tab key reaches, in order."""
    page.evaluate("() => document.activeElement.blur()")
    count = int(page.evaluate(FOCUSED)["count"])
    reached = []
    for _ in range(count):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    return count, reached
