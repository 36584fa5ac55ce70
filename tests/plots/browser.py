"""A headless Chromium for tests: no network, a log of what it asked for, keys, and what a page looks like."""

import json
import shutil

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
except ImportError:
    webdriver = None

# Contrast by WCAG 2's formula of every text that is seen, against the nearest ground that is not transparent.
CONTRAST = """
const channel = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const found = [];
for (const node of document.querySelectorAll("body *:not(svg, svg *, script, style, option)")) {
  const own = Array.from(node.childNodes).some((child) => child.nodeType === 3 && child.textContent.trim());
  const box = node.getBoundingClientRect();
  if (!own || box.width <= 1 || box.height <= 1 || !node.checkVisibility()) continue;
  const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
  found.push([(a + 0.05) / (b + 0.05), node.tagName, node.className, node.textContent.trim().slice(0, 40)]);
}
return found;
"""


def why_not():
    """Why no browser can be started here, or None."""
    if webdriver is None:
        return "python3-selenium is not installed"
    lacks = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"{' and '.join(lacks)} not installed" if lacks else None


class Browser:
    """Chromium with one page."""

    def __init__(self, profile):
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--hide-scrollbars",
                         f"--user-data-dir={profile}", "--disable-background-networking", "--force-color-profile=srgb"):
            options.add_argument(argument)
        options.binary_location = shutil.which("chromium")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.window(1280, 900)

    def close(self):
        self.driver.quit()

    def window(self, width, height, dark=False):
        """The size of the page's view, and which colours its reader prefers."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def open(self, path):
        self.driver.get(path.resolve().as_uri())

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def keys(self, *keys):
        """Types at wherever the focus is."""
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def complaints(self):
        """What the console holds: errors, warnings, refusals of the page's own policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def asked_for(self):
        """The addresses of all requests since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def paper(self):
        """The page as a PDF's bytes in base64, as the print dialogue makes it."""
        return self.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]

    def contrasts(self):
        """(ratio, tag, class, text) of every text that is seen."""
        return self.run(CONTRAST)
