// Opens Swagger UI on the documents that the overview names.

// Each field of the dialog takes the focus as it appears, so the last one would keep it, and a key that is pasted would
// go there. The credential that everybody needs is the first.
const focusFirstField = () => ({
  wrapComponents: {
    authorizationPopup: (Original, { React }) => (props) => {
      React.useEffect(() => {
        const dialog = document.querySelector(".modal-ux-content");
        dialog?.querySelector("input:not([type=checkbox])")?.focus();
        dialog?.scrollTo(0, 0);
      }, []);
      return React.createElement(Original, props);
    },
  },
});

window.addEventListener("load", () => {
  const overview = document.querySelector("#overview");
  const links = [...overview.querySelectorAll("a[data-document]")];
  const ids = Object.entries(JSON.parse(overview.dataset.ids));
  const documents = links.map((link) => new URL(link.dataset.document, location.href).href);
  window.ui = SwaggerUIBundle({
    urls: links.map((link) => ({ name: link.dataset.name, url: link.dataset.document })),
    dom_id: "#swagger-ui",
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    validatorUrl: "none",
    // Keys are not kept in the browser: a reload forgets them.
    persistAuthorization: false,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl, focusFirstField],
    layout: "StandaloneLayout",
    // Examples that name the owners of the first start can be sent as they are.
    responseInterceptor: (response) => {
      if (documents.includes(new URL(response.url, location.href).href)) {
        response.text = ids.reduce((text, [example, id]) => text.replaceAll(example, id), response.text);
      }
      return response;
    },
  });
  if (overview.dataset.clientId) {
    window.ui.initOAuth({ clientId: overview.dataset.clientId });
  }
});
