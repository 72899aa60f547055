import { Alert } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

import type { PagePlaces } from "../../api/types";
import { useWords } from "../../language";
import type { PDFDocumentProxy, RenderTask } from "./pdf";

const SHARPEST = 3; // device pixels a pixel; more only costs memory

interface Given {
  readonly pdf: PDFDocumentProxy;
  readonly number: number;
  readonly places: PagePlaces | null;
}

/** One page as a picture, with frames over the lines of the passage. */
export function PdfPage({ pdf, number, places }: Given) {
  const words = useWords().document;
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState<"waiting" | "drawn" | "broken">("waiting");

  useEffect(() => {
    let left = false;
    let task: RenderTask | null = null;
    async function draw(on: HTMLCanvasElement): Promise<void> {
      const page = await pdf.getPage(number);
      if (left) return;
      const sharp = Math.min(window.devicePixelRatio, SHARPEST);
      const viewport = page.getViewport({ scale: (width / page.getViewport({ scale: 1 }).width) * sharp });
      on.width = Math.floor(viewport.width);
      on.height = Math.floor(viewport.height);
      task = page.render({ canvas: on, viewport });
      await task.promise;
      if (!left) setDrawn("drawn");
    }
    setDrawn("waiting");
    if (width > 0 && canvas.current !== null) {
      draw(canvas.current).catch(() => !left && setDrawn("broken"));
    }
    return () => {
      left = true;
      task?.cancel();
    };
  }, [pdf, number, width]);

  return (
    <div
      ref={ref}
      style={{ position: "relative", background: "#fff", border: "1px solid var(--mantine-color-default-border)" }}
    >
      {drawn === "broken" && (
        <Alert color="red" variant="outline" role="alert">
          {words.brokenFile}
        </Alert>
      )}
      <canvas
        ref={canvas}
        role="img"
        aria-label={words.pageOf(number, pdf.numPages)}
        aria-busy={drawn === "waiting"}
        style={{ display: "block", width: "100%" }}
      />
      {drawn === "drawn" && places !== null && <Frames places={places} />}
    </div>
  );
}

function Frames({ places }: { places: PagePlaces }) {
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => {
    first.current?.scrollIntoView({ block: "center" }); // a promise in newer browsers, which is no clean-up
  }, [places]);
  return places.rectangles.map(([x0, top, x1, bottom], n) => (
    <div
      key={`${x0} ${top}`}
      ref={n === 0 ? first : null}
      aria-hidden
      data-frame
      style={{
        position: "absolute",
        left: `${(x0 / places.width) * 100}%`,
        top: `${(top / places.height) * 100}%`,
        width: `${((x1 - x0) / places.width) * 100}%`,
        height: `${((bottom - top) / places.height) * 100}%`,
        background: "#ffd54a",
        mixBlendMode: "multiply",
        borderRadius: 2,
      }}
    />
  ));
}
