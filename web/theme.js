// Sets the colour theme and the language on the document before the first paint, so that nothing flashes.
try {
  const theme = localStorage.getItem("scimbox.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = localStorage.getItem("scimbox.language");
  if (language === "ja" || language === "en") document.documentElement.lang = language;
} catch {
  // Storage is blocked: the theme of the system applies.
}
