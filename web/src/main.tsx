import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./page.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element of the id root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
