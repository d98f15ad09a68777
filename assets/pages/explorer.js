"use strict";
// Starts GraphiQL with the settings that the page carries. An address such as /graphql?query=…&variables=… opens
// that query in the first place.
addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("explorer");
  if (!window.GraphiQL || !window.React || !window.ReactDOM) {
    root.textContent =
      "The explorer's files could not be loaded. Without the internet, run assets/graphiql/fetch.sh once and build " +
      "again: the binary then carries them. The API itself is not affected.";
    return;
  }
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const asked = new URLSearchParams(location.search);
  const socket = settings.subscriptions && new URL(settings.subscriptions, location.href);
  if (socket) socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const fetcher = GraphiQL.createFetcher({
    url: new URL(settings.endpoint, location.href).href,
    subscriptionUrl: socket ? socket.href : undefined,
  });
  const given = asked.has("query") ? { query: asked.get("query"), variables: asked.get("variables") || "" } : {};
  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, { fetcher, defaultTabs: settings.tabs, shouldPersistHeaders: false, ...given }),
  );
});
