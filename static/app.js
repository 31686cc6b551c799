// Small things on top of pages that work without them.
"use strict";

// On a narrow screen the filters start closed; without this script they are open.
{
  const filters = document.querySelector(".filters details.all");
  if (filters && matchMedia("(max-width: 59.99rem)").matches) filters.open = false;
}

// Choosing an order applies it; without this script the button beside it does.
{
  const sort = document.getElementById("sort");
  if (sort && sort.form) {
    const button = sort.parentElement.querySelector("button");
    if (button) button.hidden = true;
    sort.addEventListener("change", () => sort.form.requestSubmit());
  }
}

// Deep zoom, loaded when it is asked for.
{
  const images = document.querySelector("[data-viewer]");
  const stage = images && images.querySelector(".stage");
  if (stage) {
    const frame = stage.querySelector(".frame");
    const panel = stage.querySelector(".osd");
    const zoom = stage.querySelector(".zoom");
    let viewer = null;

    const load = () =>
      new Promise((done, failed) => {
        if (window.OpenSeadragon) return done();
        const script = document.createElement("script");
        script.src = images.dataset.viewer;
        script.onload = done;
        script.onerror = failed;
        document.head.append(script);
      });

    const open = async () => {
      if (viewer) return;
      try {
        await load();
      } catch {
        location.href = frame.href;
        return;
      }
      panel.hidden = false;
      frame.hidden = true;
      zoom.hidden = true;
      viewer = window.OpenSeadragon({
        id: "osd",
        tileSources: [frame.dataset.info],
        showNavigationControl: false,
        crossOriginPolicy: "Anonymous",
        gestureSettingsMouse: { scrollToZoom: true },
        maxZoomPixelRatio: 2,
        visibilityRatio: 0.6,
        animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.6,
      });
      viewer.addHandler("open", () => {
        const canvas = panel.querySelector(".openseadragon-canvas");
        if (!canvas) return;
        const region = panel.querySelector(".canvas");
        canvas.setAttribute("role", "application");
        canvas.setAttribute("aria-label", region.getAttribute("aria-label"));
        canvas.setAttribute("aria-describedby", "osd-keys");
        canvas.focus({ preventScroll: true });
      });
      viewer.addHandler("open-failed", () => {
        location.href = frame.href;
      });
    };

    const actions = {
      open,
      in: () => viewer.viewport.zoomBy(1.5).applyConstraints(),
      out: () => viewer.viewport.zoomBy(1 / 1.5).applyConstraints(),
      home: () => viewer.viewport.goHome(),
      full: () => viewer.setFullScreen(!viewer.isFullPage()),
    };
    stage.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) {
        actions[button.dataset.do]();
      } else if (event.target.closest(".frame") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        open();
      }
    });
    zoom.hidden = false;
    if (location.hash === "#zoom") open();
  }
}
