"""Looking at the endpoint of a language model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from wenyuan.cli import printing

_MARK = {True: "yes", False: "no", None: "?"}


def examine(kb: Path, url: str, model: str | None, window: int, as_json: bool) -> None:
    """Probe the endpoint, print what was found, and keep its profile where there is a knowledge base."""
    from wenyuan.engine.endpoints import keep_profile, probe_endpoint
    from wenyuan.engine.portal import Portal
    from wenyuan.settings import read_settings

    settings = read_settings(kb).llm
    portal = Portal()
    try:
        probed = portal.call(lambda: probe_endpoint(url, model, settings, window))
    finally:
        portal.close()
    file = keep_profile(kb, url, probed) if kb.is_dir() else None
    if as_json:
        findings = [asdict(finding) for finding in probed.findings]
        profile = probed.profile.model_dump(mode="json")
        return printing.json_document(
            {"model": probed.model, "url": url, "findings": findings, "profile": profile, "file": file and str(file)}
        )
    for finding in probed.findings:
        printing.out.print(f"{_MARK[finding.ok]:>4}  {finding.name:<10} {finding.text}")
    kept = f"Kept in {file}." if file else f"Not kept: there is no knowledge base in {kb}."
    printing.out.print(f"\n{probed.model} at {url}. {kept}")
    return None
