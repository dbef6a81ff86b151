// Styles of a part of the page that is loaded later: they come with its script.

export function addStyles(...texts: readonly string[]): void {
  for (const text of texts) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets.push(sheet);
  }
}
