"use strict";
// Starts Swagger UI with the settings that the page carries, and hands it the reader's choice of dark or light.
addEventListener("DOMContentLoaded", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
  const root = document.getElementById("reference");
  if (!window.SwaggerUIBundle) {
    root.textContent = "The reference's script did not load. The description itself is at /openapi.json.";
    return;
  }
  SwaggerUIBundle({
    ...JSON.parse(document.getElementById("settings").textContent),
    domNode: root,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
});
